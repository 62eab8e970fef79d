"""JSON Web Tokens, as service account tokens are: what stands in them, and signatures by the control plane's key."""
import base64
import json
import subprocess


def decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(token):
    return json.loads(decoded(token.split(".")[1]))


def signed_anew(token, key, **changed):
    """The token with other claims, under a signature by the RSA key in that file."""
    body = encoded(json.dumps(claims(token) | changed).encode())
    head = token.split(".")[0]
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", key], input=f"{head}.{body}".encode(),
                               capture_output=True, check=True).stdout
    return f"{head}.{body}.{encoded(signature)}"
