"""Random bytes against a listener: garbage.py PORT ROUNDS SEED SIZE [--tls: inside a TLS session]. Prints {"rounds", "closed"}:
how many times the peer ended the connection by itself."""
import json
import random
import socket
import ssl
import sys

port, rounds, seed, size = map(int, sys.argv[1:5])
context = None
if "--tls" in sys.argv:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
dice, closed = random.Random(seed), 0
for _ in range(rounds):
    data = dice.randbytes(size)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        stream = plain
        try:
            stream = context.wrap_socket(plain) if context else plain
            stream.sendall(data)
            # Its end lets the peer go on at once instead of waiting for more.
            plain.shutdown(socket.SHUT_WR)
            while stream.recv(65536):
                pass
            closed += 1
        except TimeoutError:
            raise
        except OSError:
            # A reset is a good answer to nonsense.
            closed += 1
        finally:
            stream.close()
print(json.dumps({"rounds": rounds, "closed": closed}))
