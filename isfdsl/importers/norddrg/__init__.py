"""Import of NordDRG definition sets: CSV folder, workbook or JSON → typed tables."""

from isfdsl.importers.norddrg.read import TableImport, read_tables
from isfdsl.importers.norddrg.tables import (
    Category,
    Cell,
    DiagnosisFeature,
    Exclusion,
    GroupName,
    LogicRow,
    ProcedureFeature,
    Tables,
)
from isfdsl.importers.report import Count, ImportReport

__all__ = [
    "Category",
    "Cell",
    "Count",
    "DiagnosisFeature",
    "Exclusion",
    "GroupName",
    "ImportReport",
    "LogicRow",
    "ProcedureFeature",
    "TableImport",
    "Tables",
    "read_tables",
]
