def find(cursor, name):
    cursor.execute("select * from users where name = ?", (name,))
    return cursor.fetchall()
