def grade(points: int) -> str:
    if points >= 90:
        return "very good"
    elif points >= 60:
        return "good"
    else:
        return "again"
