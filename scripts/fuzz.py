"""The run of `make fuzz`: see scripts/fuzz. A finding prints its listener, round and seed, which repeat it."""
import os
import random
import socket
import ssl
import subprocess
import sys
import time

from harness import Failure, Processes, Server, descriptors, free_port, resident_mib, run, scratch, until

HTTP = (b"POST /v1/archives HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer cw_x\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/json\r\n\r\n5\r\n{\"a\":\r\n2\r\n1}\r\n0\r\n\r\n")


def item(kind, value):
    return bytes([kind, 0]) + len(value).to_bytes(2, "big") + value


def pdu(kind, body):
    return bytes([kind, 0]) + len(body).to_bytes(4, "big") + body


ASSOCIATE = pdu(1, b"\0\1\0\0" + b"FUZZ".ljust(16) + b"FUZZ".ljust(16) + bytes(32) + item(0x10, b"1.2.840.10008.3.1.1.1")
                + item(0x20, b"\1\0\0\0" + item(0x30, b"1.2.840.10008.1.1") + item(0x40, b"1.2.840.10008.1.2"))
                + item(0x50, item(0x51, b"\0\0\x40\0") + item(0x52, b"1.2.3"))) + pdu(4, b"\0\0\0\4\1\3\0\0") + pdu(5, bytes(4))


def payload(dice, seed, size):
    """Half pure noise, half a good conversation with some bytes changed, cut or doubled."""
    if dice.random() < 0.5:
        return dice.randbytes(dice.randrange(1, size))
    data = bytearray(seed)
    for _ in range(dice.randrange(1, 12)):
        at = dice.randrange(len(data))
        action = dice.randrange(3)
        if action == 0:
            data[at] = dice.randrange(256)
        elif action == 1:
            del data[at:at + dice.randrange(8)]
        else:
            data[at:at] = data[at:at + dice.randrange(64)]
        if not data:
            return b"\0"
    return bytes(data)


def attack(port, secure, data):
    """Sends and reads until the server hangs up or has nothing to say."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
            stream = plain
            if secure:
                context = ssl.create_default_context()
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
                stream = context.wrap_socket(plain)
            stream.settimeout(0.2)
            stream.sendall(data)
            # The end of input lets the server go on at once instead of waiting for more.
            stream.shutdown(socket.SHUT_WR)
            while stream.recv(65536):
                pass
            if secure:
                stream.close()
    except ConnectionRefusedError:
        raise
    except OSError:
        # Resets and time-outs are good answers to nonsense.
        pass


def main():
    program, seed = sys.argv[1], int(os.environ.get("FUZZ_SEED", "1"))
    rounds, size = int(os.environ.get("FUZZ_ROUNDS", "500")), int(os.environ.get("FUZZ_BYTES", "20000"))
    plain_port, secure_port = free_port(), free_port()
    with scratch("causeway-fuzz-") as folder, Processes(folder) as processes:
        certificate, key = folder / "certificate.pem", folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", key,
                        "-out", certificate], check=True, capture_output=True)
        server = Server(processes, program, folder / "data", {
            "CAUSEWAY_DICOM_TLS_CERT": str(certificate), "CAUSEWAY_DICOM_TLS_KEY": str(key),
            "CAUSEWAY_LOG": "error", "CAUSEWAY_DICOM_LISTEN": f"127.0.0.1:{plain_port}",
            "CAUSEWAY_DICOM_TLS_LISTEN": f"127.0.0.1:{secure_port}"})
        server.call("POST", "/v1/archives", {"name": "fuzz", "receive": {"calledAET": "FUZZ", "callingAETs": []}})
        pid = server.process.pid
        listeners = [("http", server.port, False, HTTP), ("dicom", plain_port, False, ASSOCIATE),
                     ("dicom-tls, raw", secure_port, False, ASSOCIATE), ("dicom-tls", secure_port, True, ASSOCIATE)]
        for name, port, secure, good in listeners:
            before, began = descriptors(pid), time.monotonic()
            for number in range(rounds):
                dice = random.Random(f"{seed} {name} {number}")
                try:
                    attack(port, secure, payload(dice, good, size))
                except ConnectionRefusedError as refused:
                    raise Failure(f"{name}: gone after round {number} of seed {seed}; log: {server.process.log}") from refused
                if server.process.poll() is not None:
                    raise Failure(f"{name}: the server ended in round {number} of seed {seed}")
            until(server.ready, 10, f"the server to be ready after {name}")
            until(lambda before=before: descriptors(pid) <= before + 4, 60, f"descriptors of {name} to be closed", 0.5)
            print(f"{name:16} {rounds} rounds in {time.monotonic() - began:.0f} s: alive, {descriptors(pid)} descriptors "
                  f"({before} before), {resident_mib(pid)[0]:.1f} MiB", flush=True)
    return 0


run(main)
