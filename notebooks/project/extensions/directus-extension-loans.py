# /// sandbox
# permissions = [
#   { permission = "read-items", role = "desk", reason = "to see whether a tool is out, or broken" },
# ]
# ///
"""Lends no tool that is out or broken, and lists what is out at GET /directus-extension-loans/out."""


async def lend(payload):
    query = {"fields": ["name", "broken", "loans.returned"], "filter": {"id": {"_eq": payload["tool"]}}}
    tools = await exec("read-items", "tools", {"query": query})
    if not tools:
        raise ValueError("There is no such tool")
    tool = tools[0]
    if tool["broken"]:
        raise ValueError(f"{tool['name']} is broken")
    if any(loan["returned"] is None for loan in tool["loans"]):
        raise ValueError(f"{tool['name']} is out")
    return payload


async def out(request):
    loans = await exec("read-items", "loans", {"query": {
        "filter": {"returned": {"_null": True}},
        "fields": ["tool.name", "member.name", "taken"],
        "sort": ["taken"],
    }})
    lines = [f"{loan['tool']['name']}: {loan['member']['name']}, since {loan['taken']}" for loan in loans]
    return {"status": 200, "body": {"out": lines}}


await exec("register-filter", {"event": "loans.items.create", "handler": lend})
await exec("register-endpoint", {"method": "GET", "path": "/out", "handler": out})
