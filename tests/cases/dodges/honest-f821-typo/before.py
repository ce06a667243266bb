def area(width, height):
    return widht * height
