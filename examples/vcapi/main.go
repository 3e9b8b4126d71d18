// Vcapi is the library behind the W3C VC API: an issuer, a verifier, a status service
// and a DID resolver over HTTP, in a few hundred lines over the public API. The
// official interoperability suites drive the library through it.
//
//	go run ./examples/vcapi -addr 127.0.0.1:8080
//	go run ./examples/vcapi issue  --input F --key F --feature credential_jose --output F
//	go run ./examples/vcapi verify --input F --key F --feature credential_jose --output F
//
// The second form is the command that the VC-JOSE-COSE suite calls. State is in
// memory; keys come from seeds, and the default ones are everybody's.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	if len(os.Args) > 1 && (os.Args[1] == "issue" || os.Args[1] == "verify") {
		os.Exit(suiteCommand(os.Args[1], os.Args[2:]))
	}
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "vcapi:", err)
		os.Exit(1)
	}
}

// pairs is a flag of the form URL=FILE that may be there more than once.
type pairs map[string][]byte

func (p pairs) String() string { return "" }

func (p pairs) Set(text string) error {
	url, file, ok := strings.Cut(text, "=")
	if !ok {
		return errors.New("want URL=FILE")
	}
	data, err := os.ReadFile(file)
	p[url] = data
	return err
}

func run(args []string) error {
	flags := flag.NewFlagSet("vcapi", flag.ContinueOnError)
	addr := flags.String("addr", "127.0.0.1:8080", "where to listen")
	secure := flags.Bool("tls", false, "serve https with a self-signed certificate made now")
	base := flags.String("base", "", "URL under which clients reach the server (default: that of -addr)")
	behindProxy := flags.Bool("behind-proxy", false, "believe X-Forwarded-Proto and X-Forwarded-Host")
	ed25519Seed := flags.String("seed-ed25519", "", "seed of the Ed25519 key, 64 hex digits")
	p256Seed := flags.String("seed-p256", "", "private scalar of the P-256 key, 64 hex digits")
	p384Seed := flags.String("seed-p384", "", "private scalar of the P-384 key, 96 hex digits")
	contexts, resources := pairs{}, pairs{}
	flags.Var(contexts, "context", "a JSON-LD context as URL=FILE; may be repeated")
	flags.Var(resources, "resource", "a related resource as URL=FILE; may be repeated")
	if err := flags.Parse(args); err != nil {
		return err
	}
	seeds, err := parseSeeds(*ed25519Seed, *p256Seed, *p384Seed)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *addr)
	if err != nil {
		return err
	}
	scheme := "http"
	if *secure {
		scheme = "https"
		if listener, err = secured(listener); err != nil {
			return err
		}
	}
	if *base == "" {
		*base = scheme + "://" + listener.Addr().String()
	}
	s, err := newServer(settings{
		Base: *base, BehindProxy: *behindProxy, Seeds: seeds, Contexts: contexts, Resources: resources, Now: time.Now,
	})
	if err != nil {
		return err
	}
	fmt.Printf("%s serves the VC API; see %s/manifest\n", *base, *base)
	return serve(listener, s)
}

func serve(listener net.Listener, handler http.Handler) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	server := &http.Server{Handler: handler, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return server.Shutdown(ctx)
	}
}

// parseSeeds reads the seeds, and warns of the default ones.
func parseSeeds(ed25519, p256, p384 string) (seeds, error) {
	demo := demoSeeds()
	for _, s := range []struct {
		text string
		to   *[]byte
	}{{ed25519, &demo.Ed25519}, {p256, &demo.P256}, {p384, &demo.P384}} {
		if s.text == "" {
			fmt.Fprintln(os.Stderr, "vcapi: WARNING: a key is that of the demonstration, which everybody has: sign nothing real")
			continue
		}
		seed, err := hex.DecodeString(s.text)
		if err != nil || len(seed) != len(*s.to) {
			return seeds{}, fmt.Errorf("want a seed of %d hex digits", 2*len(*s.to))
		}
		*s.to = seed
	}
	return demo, nil
}

// secured wraps a listener in TLS with a certificate that is made now.
func secured(l net.Listener) (net.Listener, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(l, &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}), nil
}
