"""What people write: YAML files in, a validated organization out; every value knows where it stands."""

from factory.spec.extension import FileKind, Section
from factory.spec.limits import load_limits
from factory.spec.load import load
from factory.spec.organization import Account, FileEntry, LockPlace, Organization, Place, Unit
from factory.spec.schemas import schema_text, schemas, write_schemas
from factory.spec.suggestions import suggest

__all__ = [
    "Account",
    "FileEntry",
    "FileKind",
    "LockPlace",
    "Organization",
    "Place",
    "Section",
    "Unit",
    "load",
    "load_limits",
    "schema_text",
    "schemas",
    "suggest",
    "write_schemas",
]
