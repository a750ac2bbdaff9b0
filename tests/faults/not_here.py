"""The cases of the fault table that are not injected by `make faults`, and why."""

NOT_HERE = {
    "33": "The studio relies on no idempotency of the endpoint; I1 counts every request of every case.",
    "36": "A name server that fails or hangs: test_client.py has a resolver that does. Here NXDOMAIN only.",
    "37": "Expired and foreign certificates: the same refusal as the untrusted one that is shown.",
    "39": "iptables is not there; a proxy that passes nothing back stands for packets that are dropped.",
    "46": "A limit of memory needs a control group; SIGKILL and SIGSEGV stand for what the kernel does.",
    "47": "Connections are opened anew for every call and spawned pools are not used.",
    "49": "A worker that hangs in C code is SIGSTOP to everybody else: the stopped cases.",
    "55": "Three restarts here, twenty in tests.faults.recovery. There is no failover to test.",
    "52": "Sixty calls and not 2,000: the soaks make thousands, but their workers do not live for so long.",
    "64": "The tests run as root, whom no mode of a file stops; a locked and a full one are shown.",
    "65": "Power cannot be cut here. test_power_cut.py looks at what is flushed, and in which order.",
    "67": "The studio keeps no budgets.",
    "75": "Uploads that are broken off: test_references.py.",
    "78": "The S3 server here does not look at the time of a signature.",
    "79": "Leap days and the year 2038 cannot be reached; Retry-After in the year 9999 is case 17.",
    "80-90": "People and hostile answers: test_submission.py, test_hostile_input.py, tests/images_api.",
}
