"""The toy dialect whose numbers do not outlive a connection, where the registry looks for it."""

from toy_dialect import Forgetful

DIALECT = Forgetful
