def find(cursor, name):
    cursor.execute(f"select * from users where name = '{name}'")
    return cursor.fetchall()
