"""`kindred serve`: the answers of `kindred query` over HTTP, for programs that are not Python.

    server          a socket of this computer, uvicorn, and the limits on connections
    door            who may come in: host, origin, token, sizes, times; what is logged
    application     the paths, and their description in OpenAPI
    uploads, turns  a request's radiograph as a private file, and its turn with the models
    answers         what is told: the JSON of `kindred query`, without anybody's identity

Only `errors`, `service_config` and `access_token` can be imported without the extra `serve`.
"""
