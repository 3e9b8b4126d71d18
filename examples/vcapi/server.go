package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// maxBody bounds a request: a presentation and its wrapping.
const maxBody = vc.MaxPresentationBytes + 4096

// seeds are those of the server's keys.
type seeds struct{ Ed25519, P256, P384 []byte }

// demoSeeds are everybody's.
func demoSeeds() seeds {
	return seeds{bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{7}, 32), bytes.Repeat([]byte{7}, 48)}
}

// settings say how the server serves.
type settings struct {
	Base        string // without a slash at its end
	BehindProxy bool
	Seeds       seeds
	Contexts    map[string][]byte // JSON-LD, by URL
	Resources   map[string][]byte // that credentials may name with a digest, by URL
	Now         func() time.Time
}

// server is an issuer, a verifier, a status service and a resolver.
type server struct {
	settings
	mux      *http.ServeMux
	contexts *vc.Contexts
	profiles map[string]profile
	lists    *lists
}

func newServer(o settings) (*server, error) {
	s := &server{settings: o, mux: http.NewServeMux()}
	var err error
	if s.contexts, err = vc.NewContexts(o.Contexts); err != nil {
		return nil, err
	}
	if s.profiles, err = newProfiles(o.Seeds); err != nil {
		return nil, err
	}
	s.lists = newLists(s)
	s.mux.HandleFunc("POST /issuers/{profile}/credentials/issue", s.issue)
	s.mux.HandleFunc("POST /credentials/verify", s.verifyCredential)
	s.mux.HandleFunc("POST /presentations/verify", s.verifyPresentation)
	s.mux.HandleFunc("POST /status2021/set", s.setStatus)
	for _, path := range s.lists.paths() {
		s.mux.HandleFunc("GET "+path, s.serveList)
		s.mux.HandleFunc("POST "+path+"/publish", s.publishList)
	}
	s.mux.HandleFunc("GET /manifest", s.serveManifest)
	return s, nil
}

// ServeHTTP serves. The path of a DID is taken as it was sent, since a DID URL may
// have slashes of its own, escaped.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if text, ok := strings.CutPrefix(r.URL.EscapedPath(), "/dids/"); ok && r.Method == http.MethodGet {
		s.resolve(w, r, text)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// base is the URL under which the client reaches the server.
func (s *server) base(r *http.Request) string {
	proto, host := r.Header.Get("X-Forwarded-Proto"), r.Header.Get("X-Forwarded-Host")
	if s.BehindProxy && (proto == "https" || proto == "http") && host != "" && !strings.ContainsAny(host, "/?#@\\ ") {
		return proto + "://" + host
	}
	return s.Base
}

// readBody reads a JSON object. What is inside is read again, strictly, by the library.
func readBody(r *http.Request, into any) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

func reply(w http.ResponseWriter, status int, body any) {
	data, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "not JSON", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

// problem is a problem document (RFC 9457).
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

const (
	vcProblems     = "https://www.w3.org/TR/vc-data-model#"
	proofProblems  = "https://w3id.org/security#"
	statusProblems = "https://www.w3.org/ns/credentials/status-list#"
)

// newProblem names an error as the standards do.
func newProblem(err error) problem {
	for _, row := range []struct {
		of          error
		name, title string
	}{
		{vc.ErrChallenge, proofProblems + "INVALID_CHALLENGE_ERROR", "the challenge is another"},
		{vc.ErrDomain, proofProblems + "INVALID_DOMAIN_ERROR", "the domain is another"},
		{vc.ErrSignature, proofProblems + "PROOF_VERIFICATION_ERROR", "the proof does not verify"},
		{vc.ErrProof, proofProblems + "PROOF_VERIFICATION_ERROR", "the proof is malformed"},
		{vc.ErrPurpose, proofProblems + "PROOF_VERIFICATION_ERROR", "the proof was made for something else"},
		{vc.ErrKey, proofProblems + "PROOF_VERIFICATION_ERROR", "the proof names no usable key"},
		{vc.ErrFormat, proofProblems + "PROOF_VERIFICATION_ERROR", "no proof that is understood"},
		{vc.ErrJSONLD, proofProblems + "PROOF_TRANSFORMATION_ERROR", "the document is not safe to sign"},
		{vc.ErrIssuer, vcProblems + "CRYPTOGRAPHIC_SECURITY_ERROR", "the key is not the issuer's"},
		{vc.ErrStatus, statusProblems + "STATUS_VERIFICATION_ERROR", "the status refuses"},
		{vc.ErrTime, vcProblems + "RANGE_ERROR", "a time is malformed or contradicts another"},
		{vc.ErrExpired, vcProblems + "RANGE_ERROR", "expired"},
		{vc.ErrNotYetValid, vcProblems + "RANGE_ERROR", "not yet valid"},
		{vc.ErrMalformed, vcProblems + "PARSING_ERROR", "not strict JSON or JOSE"},
		{vc.ErrSize, vcProblems + "PARSING_ERROR", "too large"},
	} {
		if errors.Is(err, row.of) {
			return problem{row.name, row.title, err.Error()}
		}
	}
	return problem{vcProblems + "MALFORMED_VALUE_ERROR", "a value is malformed", err.Error()}
}

func refuse(w http.ResponseWriter, status int, err error) { reply(w, status, newProblem(err)) }

// resolve answers GET /dids/{did} with a resolution or a dereferencing result.
func (s *server) resolve(w http.ResponseWriter, r *http.Request, escaped string) {
	text, err := url.PathUnescape(escaped)
	if err != nil {
		text = escaped
	}
	res, err := did.Dereference(r.Context(), nil, text, did.DereferenceOptions{KeyFormat: r.URL.Query().Get("publicKeyFormat")})
	status := map[string]int{
		"": http.StatusOK, "methodNotSupported": http.StatusNotImplemented, "featureNotSupported": http.StatusNotImplemented,
		"notFound": http.StatusNotFound, "internalError": http.StatusInternalServerError,
	}[did.ErrorName(err)]
	if status == 0 {
		status = http.StatusBadRequest
	}
	body, merr := resolverResult(did.Result{Text: text, Resource: res, Err: err})
	if merr != nil {
		refuse(w, http.StatusInternalServerError, fmt.Errorf("result: %w", merr))
		return
	}
	w.Header().Set("Content-Type", `application/ld+json;profile="https://w3id.org/did-resolution"`)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// resolverResult writes a result as the did:key suite reads it: what a DID URL leads to
// has the names of an older draft too, and there is always a didDocument.
func resolverResult(r did.Result) ([]byte, error) {
	data, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return nil, err
	}
	for name, older := range map[string]string{
		"contentStream": "didDocument", "dereferencingMetadata": "didDereferencingMetadata", "contentMetadata": "didDocumentMetadata",
	} {
		if value, ok := members[name]; ok {
			members[older] = value
		}
	}
	return json.Marshal(members)
}
