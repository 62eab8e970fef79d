# Throw-away certificates for the demo and the tests. Sourced.

# make_ca DIR: DIR/ca.crt and DIR/ca.key.
make_ca() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7 -subj "/CN=konduit test CA" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign" \
    -keyout "$1/ca.key" -out "$1/ca.crt" 2>/dev/null
}

# make_certificate DIR NAME: DIR/NAME.crt and DIR/NAME.key, signed by DIR's CA, for NAME, localhost and 127.0.0.1, for
# servers and clients.
make_certificate() {
  local dir=$1 name=$2
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
    -keyout "$dir/$name.key" -out "$dir/$name.csr" 2>/dev/null
  openssl x509 -req -in "$dir/$name.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -CAcreateserial -days 7 \
    -extfile <(printf 'subjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' "$name") \
    -out "$dir/$name.crt" 2>/dev/null
  rm "$dir/$name.csr"
}
