"""The built-in functions: name, arguments, result. Each engine has a body for every line."""

from __future__ import annotations

from attrs import frozen

from isfdsl.program.types import NumberType, Type


@frozen
class Function:
    """One function. ``parameters`` are what each argument must be: ``tall`` keeps the unit of the first."""

    name: str
    parameters: tuple[str, ...]
    variadic: bool
    doc: str

    def result(self, arguments: tuple[Type, ...]) -> Type:
        """The type of the value, given the types of the arguments."""
        if self.parameters == ("tall",):
            return arguments[0] if arguments else NumberType()
        return NumberType("dager")


FUNCTIONS: dict[str, Function] = {
    f.name: f
    for f in (
        Function("største", ("tall",), True, "den største av verdiene; mangler når en av dem mangler"),
        Function("minste", ("tall",), True, "den minste av verdiene; mangler når en av dem mangler"),
        Function("dager_i_måneden", ("dato",), False, "antall dager i kalendermåneden datoen ligger i"),
        Function(
            "dekkede_dager",
            ("dato", "dato", "dato"),
            False,
            "antall dager fra og med første til og med andre dato som ligger i kalendermåneden til den tredje",
        ),
    )
}
