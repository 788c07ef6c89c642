"""Radiographs from the department's archives; no Qt, no torch.

    archive_config    which archives there are, from the settings
    credentials       passwords, from the system keyring or for this session alone
    http_door         HTTP that is bounded in time, size and place
    watched_sockets   its connections, which another thread can cut
    background_call   a call that can be watched, stopped and given up
    archive_client    search (QIDO-RS) and retrieve (WADO-RS)
    archive_query     what is asked for
    archive_matches   an archive's answers, of which nothing is taken on trust
    retrieved_files   where retrieved files lie, and when they go
    receiver_config   how to receive, from the settings
    store_scp         the receiver: C-STORE and C-ECHO, and what it refuses
    bounded_socket    a connection that cannot fill the memory or stay for ever
    received_files    the folder it writes to
    arrivals          what becomes of a received radiograph: analysed, indexed
    kept_outputs      model outputs kept until the reader opens the radiograph

Needs the extra `dicom-io`; whoever has it not is told in a sentence.
"""
