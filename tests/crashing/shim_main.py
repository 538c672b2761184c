"""The shim with a fail point."""

from cveval_shim.main import main
from tests.crashing.arming import arm_commits, arm_delivering, arm_publishing

arm_commits()
arm_publishing()
arm_delivering()
main()
