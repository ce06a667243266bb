def clean(lines):
    out = []
    for line in lines:
        line = line.strip()
        out.append(line)
    return out
