def charge(account: dict[str, int], amount: int) -> bool:
    if account["balance"] < amount:
        account["refused"] += 1
        return False
    else:
        account["balance"] -= amount
        return True
