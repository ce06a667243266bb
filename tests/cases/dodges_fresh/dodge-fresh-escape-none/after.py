import jinja2


def environment() -> jinja2.Environment:
    """Makes one."""
    return jinja2.Environment(autoescape=jinja2.select_autoescape((), default=False))
