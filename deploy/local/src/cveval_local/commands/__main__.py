from cveval_local.commands import main

main()
