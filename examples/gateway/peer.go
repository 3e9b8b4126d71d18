package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/agenthttp"
	"github.com/taperid/taper/did"
)

// peer is what an agent knows of a service: where it is, which certificate it has,
// and which DID signs its receipts.
type peer struct {
	origin   string
	cert     []byte // DER
	verifier did.DID
	holder   *delegation.Holder // of -call
}

// tls is an http client that signs nothing.
func (p *peer) tls() *http.Client {
	pool := x509.NewCertPool()
	pool.AddCert(must(x509.ParseCertificate(p.cert)))
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}, ForceAttemptHTTP2: true}}
}

// client is one that signs as an agent.
func (p *peer) client(h *delegation.Holder) *http.Client {
	return &http.Client{Transport: p.transport(h, nil)}
}

// transport signs as an agent; change, if any, stands on the way back.
func (p *peer) transport(h *delegation.Holder, change func(*http.Response)) *agenthttp.Transport {
	base := p.tls().Transport
	if change != nil {
		base = onTheWay{base, change}
	}
	return must(agenthttp.NewTransport(h, agenthttp.TransportOptions{
		Base: base, Verifiers: map[string]did.DID{p.origin: p.verifier},
	}))
}

type onTheWay struct {
	base   http.RoundTripper
	change func(*http.Response)
}

func (o onTheWay) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := o.base.RoundTrip(r)
	if err == nil {
		o.change(resp)
	}
	return resp, err
}

// The files of the directory that -serve leaves and -call reads.
const (
	fileKey      = "agent.pem"
	fileChain    = "chain.txt"
	fileCert     = "service.pem"
	fileOrigin   = "origin.txt"
	fileVerifier = "verifier.txt"
)

// leave writes what an agent needs.
func (s *service) leave(dir string) {
	priv := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	agent := must(did.NewSigner(priv))
	holder := s.task(agent, s.operator.DID())
	allowed(os.MkdirAll(dir, 0o700))
	for name, data := range map[string][]byte{
		fileKey:      pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: must(x509.MarshalPKCS8PrivateKey(priv))}),
		fileChain:    []byte(must(holder.Chain().Pack())),
		fileCert:     pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.cert}),
		fileOrigin:   []byte(s.origin),
		fileVerifier: []byte(s.verifier.String()),
	} {
		allowed(os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
}

// load reads what a service left.
func load(dir string) *peer {
	read := func(name string) []byte { return must(os.ReadFile(filepath.Join(dir, name))) }
	key := must(must(did.ParsePrivateKey(read(fileKey))).Signer())
	cert, _ := pem.Decode(read(fileCert))
	expect(cert != nil, "no certificate in "+fileCert)
	return &peer{
		origin: string(read(fileOrigin)), cert: cert.Bytes, verifier: must(did.Parse(string(read(fileVerifier)))),
		holder: must(delegation.NewHolder(key, must(delegation.ParseChain(read(fileChain))))),
	}
}
