"""Forms: one description, shown as each platform can."""

from botcore.forms.form import Choice, Field, FieldKind, Form, OpenForm

__all__ = ["Choice", "Field", "FieldKind", "Form", "OpenForm"]
