package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// exchange is one HTTP exchange of an official suite with a server that passed all.
type exchange struct {
	Method, Path, Accept string
	Request              json.RawMessage
	Status               int
}

func newTestServer(tb testing.TB) *server {
	tb.Helper()
	resources := map[string][]byte{}
	if data, err := os.ReadFile(vectors(tb, "contexts", "credentials-v2-20240720.jsonld")); err == nil {
		resources["https://www.w3.org/ns/credentials/v2"] = data
	}
	s, err := newServer(settings{Base: "https://127.0.0.1:8443", Seeds: demoSeeds(), Resources: resources, Now: time.Now})
	require.NoError(tb, err)
	return s
}

// vectors is a file among the vectors beside the checkout. An example has no internal
// packages, so it looks by itself.
func vectors(tb testing.TB, elem ...string) string {
	tb.Helper()
	root := os.Getenv("TAPER_VECTORS")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "vectors")
	}
	return filepath.Join(append([]string{root}, elem...)...)
}

func exchanges(t *testing.T, name string) (out []exchange) {
	file, err := os.Open(vectors(t, "recorded", name+".ndjson"))
	if err != nil {
		t.Skipf("no recorded exchanges: set TAPER_VECTORS to the folder that holds recorded/%s.ndjson", name)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		var e exchange
		require.NoError(t, json.Unmarshal(lines.Bytes(), &e))
		out = append(out, e)
	}
	require.NoError(t, lines.Err())
	return out
}

func (s *server) do(method, path, body string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	s.ServeHTTP(rec, httptest.NewRequest(method, path, strings.NewReader(body)))
	return rec
}

// ownIssuer puts the profile's own DID in the place of the recorded issuer.
func (s *server) ownIssuer(t *testing.T, e exchange) []byte {
	name, ok := strings.CutPrefix(e.Path, "/issuers/")
	if !ok {
		return e.Request
	}
	p, ok := s.profiles[strings.TrimSuffix(name, "/credentials/issue")]
	if !ok {
		return e.Request
	}
	var in map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(e.Request, &in))
	var credential map[string]json.RawMessage
	if json.Unmarshal(in["credential"], &credential) != nil || credential["issuer"] == nil {
		return e.Request
	}
	var id string
	var object map[string]json.RawMessage
	own, err := json.Marshal(p.signer.DID())
	require.NoError(t, err)
	switch {
	case json.Unmarshal(credential["issuer"], &id) == nil && strings.HasPrefix(id, "did:key:"):
		return bytes.ReplaceAll(e.Request, credential["issuer"], own)
	case json.Unmarshal(credential["issuer"], &object) == nil && strings.HasPrefix(string(object["id"]), `"did:key:`):
		return bytes.ReplaceAll(e.Request, object["id"], own)
	}
	return e.Request
}

func TestReplay(t *testing.T) {
	for _, name := range []string{"eddsa", "ecdsa", "ed25519-2020", "vc2", "bitstring", "statuslist2021", "did-key"} {
		t.Run(name, func(t *testing.T) {
			s := newTestServer(t)
			for i, e := range exchanges(t, name) {
				if why := outOfScope(e); why != "" {
					continue
				}
				rec := s.do(e.Method, e.Path, string(s.ownIssuer(t, e)))
				if e.Status == http.StatusNotImplemented && rec.Code >= 400 && rec.Code < 502 || eitherWay(e) && rec.Code == http.StatusBadRequest {
					continue
				}
				if e.Status != rec.Code {
					t.Errorf("line %d: %s %s: %d, recorded %d: %.300s\n%.1500s", i+1, e.Method, e.Path, rec.Code, e.Status, rec.Body, e.Request)
				}
			}
		})
	}
}

// outOfScope says why an exchange is not replayed.
func outOfScope(e exchange) string {
	switch {
	case strings.Contains(e.Path, "ecdsa-sd-2023") || bytes.Contains(e.Request, []byte(`"cryptosuite":"ecdsa-sd-2023"`)):
		return "selective disclosure of ECDSA-SD is not built"
	case bytes.Contains(e.Request, []byte("credentialStatus")) && strings.HasPrefix(e.Path, "/credentials/verify"):
		return "points at a list of the server that was recorded"
	case e.Path == "/status2021/set":
		return "names a credential of the server that was recorded"
	}
	return ""
}

// eitherWay reports whether the suite is content with a refusal too: it wants a period
// that ends before it begins refused by the issuer or else by the verifier.
func eitherWay(e exchange) bool {
	return bytes.Contains(e.Request, []byte(`"validFrom":"2027-11-23T07:11:00Z","validUntil":"2025-11-23T07:11:00Z"`))
}
