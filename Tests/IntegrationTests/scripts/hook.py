"""Takes webhooks: hook.py [--fail N]. Prints {"port"}, then a JSON line for each request; answers 500 to the first N."""
import http.server
import json
import sys

fail = int(sys.argv[2]) if len(sys.argv) > 2 else 0


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        global fail
        body = self.rfile.read(int(self.headers["content-length"]))
        status = 500 if fail > 0 else 200
        fail -= 1
        print(json.dumps({"status": status, "headers": {k.lower(): v for k, v in self.headers.items()},
                          "body": body.decode()}), flush=True)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(json.dumps({"port": server.server_port}), flush=True)
server.serve_forever()
