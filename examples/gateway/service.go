package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/delegation/agenthttp"
	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// service is a little database behind a guard, and the principal and operator of
// its agents, so that the story needs nobody else.
type service struct {
	peer
	key, alice, operator *did.Signer
	lists                *revocation.Issuer
	checker              *revocation.Checker
	status               []vc.StatusEntry
	guard                *agenthttp.Guard
	http                 *http.Server

	mu      sync.Mutex
	reports map[string]string
	seen    []*http.Request // as they came in, for the story
}

func newService(address string) *service {
	s := &service{
		key: must(did.GenerateKey(did.P256)), alice: must(did.GenerateKey(did.Ed25519)), operator: must(did.GenerateKey(did.Ed25519)),
		reports: map[string]string{},
	}
	s.verifier = s.key.DID()
	s.lists = must(revocation.NewIssuer(s.operator, "https://status.example.com/alice", revocation.IssuerOptions{}))
	s.checker = must(revocation.NewChecker(revocation.NewBundle(), revocation.Policy{MaxStaleness: time.Minute}))
	listener := must(net.Listen("tcp", address))
	s.origin = "https://" + listener.Addr().String()
	cert := selfSigned()
	s.cert = cert.Certificate[0]
	s.guard = s.newGuard()
	s.http = &http.Server{
		Handler: http.HandlerFunc(s.serve), ReadTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS13},
	}
	go func() { _ = s.http.ServeTLS(listener, "", "") }()
	s.status = must(s.lists.Allocate(context.Background(), time.Now().Add(lifetime), "revocation"))
	s.publish(time.Now().Add(-10 * time.Second))
	return s
}

// newGuard is all there is to protecting a handler: who is trusted and how far,
// what a request costs, and who signs receipts.
func (s *service) newGuard() *agenthttp.Guard {
	ceiling := must(delegation.NewAuthority(delegation.Terms{
		Grants:   []delegation.Grant{{Actions: []string{"http/**"}, Resources: []string{s.origin + "/**"}}},
		Audience: []string{s.origin}, Depth: 4,
	}))
	verifier := must(delegation.NewVerifier(delegation.Config{
		Names: []string{s.origin}, Status: s.checker, MaxStaleness: time.Minute, Ledger: delegation.NewVolatileLedger(),
		Anchors: []delegation.Anchor{{DID: s.alice.DID(), Ceiling: ceiling, ListSigners: []did.DID{s.operator.DID()}}},
		// The first of its kind: no earlier one allowed anything.
		Replay: delegation.NewVolatileReplay(time.Now().Add(-time.Minute), 0),
	}))
	return must(agenthttp.NewGuard(verifier, s.origin, agenthttp.GuardOptions{
		Signer: s.key,
		Cost: func(r *http.Request, _ delegation.Request) (map[string]int64, error) {
			return map[string]int64{"B": max(r.ContentLength, 0)}, nil
		},
	}))
}

func (s *service) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.seen = append(s.seen, r.Clone(context.Background()))
	s.mu.Unlock()
	s.guard.Protect(http.HandlerFunc(s.answer)).ServeHTTP(w, r)
}

// answer is the service itself. It sees allowed requests alone, and takes their
// arguments from the authorisation.
func (s *service) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := agenthttp.FromContext(r.Context())
	switch {
	case r.URL.Path == "/sales/q3":
		var args struct{ Table string }
		if err := json.Unmarshal(a.Request().Arguments, &args); err != nil {
			http.Error(w, "no table", http.StatusBadRequest)
			return
		}
		_, _ = fmt.Fprintf(w, "%d %s\n", 41+len(args.Table), args.Table)
	case r.URL.Path == "/moved":
		http.Redirect(w, r, "/sales/q3?"+r.URL.RawQuery, http.StatusTemporaryRedirect)
	case r.Method == http.MethodPut:
		text, err := io.ReadAll(r.Body)
		if err != nil {
			agenthttp.NothingDone(r.Context())
			http.Error(w, "no body", http.StatusBadRequest)
			return
		}
		s.reports[r.URL.Path] = string(text)
	case r.Method == http.MethodDelete:
		delete(s.reports, r.URL.Path)
	default:
		agenthttp.NothingDone(r.Context())
		http.NotFound(w, r)
	}
}

// hire lets alice give a new agent its task: it may read the sales, and write
// reports; deleting takes the approval of a human.
func (s *service) hire(approver did.DID) *delegation.Holder {
	agent := must(did.GenerateKey(did.Ed25519))
	return s.task(agent, approver)
}

func (s *service) task(agent *did.Signer, approver did.DID) *delegation.Holder {
	authority := must(delegation.NewAuthority(delegation.Terms{
		Grants: []delegation.Grant{{
			Actions: []string{"http/get"}, Resources: []string{s.origin + "/sales/**", s.origin + "/moved"},
			Args: map[string]delegation.Constraint{"table": delegation.In("orders", "refunds")}, Closed: true,
		}, {
			Actions: []string{"http/put", "http/delete"}, Resources: []string{s.origin + "/reports/**"},
		}},
		Audience: []string{s.origin}, Depth: 1,
		Limits:   map[string]delegation.Limit{"calls": {Unit: "count", Max: 100}},
		Requires: &delegation.Requires{Approval: []delegation.ApprovalRule{{Actions: []string{"http/delete"}, By: []string{approver.String()}, Min: 1}}},
	}))
	chain := must(delegation.Root(s.alice, agent.DID(), authority, delegation.Issue{
		Agent: delegation.Agent{Kind: "analyst"}, Task: delegation.Task{ID: "urn:example:task:q3", Purpose: "quarterly report"},
		ValidFrom: time.Now(), ValidUntil: time.Now().Add(lifetime), Status: s.status,
	}))
	return must(delegation.NewHolder(agent, chain))
}

// revoke ends the agent's link, and hands the service the newer list.
func (s *service) revoke() {
	allowed(s.lists.Set(context.Background(), 1, s.status[0]))
	s.publish(time.Now())
}

// publish signs the lists as of a time and hands them to the service. Times of
// lists are whole seconds, and each is later than the one before.
func (s *service) publish(asOf time.Time) {
	for _, list := range must(s.lists.Publish(context.Background(), asOf)).All() {
		allowed(s.checker.Offer(context.Background(), list))
	}
}

func (s *service) last() *http.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.seen[len(s.seen)-2] // the stranger came after it
	out := must(http.NewRequest(r.Method, s.origin+r.RequestURI, http.NoBody))
	out.Header = r.Header
	return out
}

// seenChains is how many requests brought a whole chain.
func (s *service) seenChains() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.seen {
		if !strings.HasPrefix(r.Header.Get("Taper-Chain"), "digest=") {
			n++
		}
	}
	return n
}

func (s *service) close() { _ = s.http.Close() }

func (s *service) wait() {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, os.Interrupt)
	for tick := time.Tick(30 * time.Second); ; { // so that its list is never too old
		select {
		case <-interrupted:
			s.close()
			return
		case now := <-tick:
			s.publish(now)
		}
	}
}

// selfSigned makes a certificate for this machine alone.
func selfSigned() tls.Certificate {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(lifetime),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
