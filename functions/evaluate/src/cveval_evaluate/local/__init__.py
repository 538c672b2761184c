"""The evaluator without network and model."""

from cveval_evaluate.local.evaluator import LocalEvaluator, assess

__all__ = ["LocalEvaluator", "assess"]
