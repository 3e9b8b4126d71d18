package statushttp

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
)

// HandlerOptions say how a Handler serves.
type HandlerOptions struct {
	// Resolver finds the keys of signers other than did:key; nil: none.
	Resolver did.Resolver
	// MaxAge is how long caches may keep a list that has no ttl of its own; 0: 60
	// seconds. Clients and caches together keep it no longer than that, so it
	// belongs to the staleness that verifiers have to accept.
	MaxAge time.Duration
	// MaxListeners is how many may be pushed to at once; 0: 1024, below 0: none.
	MaxListeners int
	Now          func() time.Time // nil: time.Now
}

// Handler serves the lists of one issuer, and pushes new ones to who listens. It is
// an [http.Handler] for the origin of the lists: a request is looked up as a whole
// URL. Behind a path that asks for text/event-stream it pushes; every other path is
// a list, one that is retired (410), or nothing (404).
//
// The zero Handler is of no use. It is safe for concurrent use.
type Handler struct {
	origin  string
	signers []did.DID
	opts    HandlerOptions

	mu        sync.RWMutex
	lists     map[string]*served // by URL
	retired   *revocation.Bundle
	gone      map[string]bool // what was served here before it was retired
	listeners map[chan *served]bool
}

// served is a list as it goes out.
type served struct {
	raw, packed  []byte
	etag, gzEtag string
	cacheControl string
	contentType  string
	lastModified string
	event        []byte
	validFrom    time.Time
}

// NewHandler returns a Handler of no lists yet, for lists at the origin of baseURL
// that are signed by one of signers.
func NewHandler(baseURL string, signers []did.DID, opts HandlerOptions) (*Handler, error) {
	origin, err := originOf(baseURL)
	if err != nil {
		return nil, err
	}
	if len(signers) == 0 || opts.MaxAge < 0 {
		return nil, fmt.Errorf("%w: %d signers, MaxAge %s", ErrConfig, len(signers), opts.MaxAge)
	}
	if opts.MaxAge == 0 {
		opts.MaxAge = time.Minute
	}
	if opts.MaxListeners == 0 {
		opts.MaxListeners = 1024
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Handler{
		origin: origin, signers: signers, opts: opts,
		lists: make(map[string]*served), retired: revocation.NewBundle(), listeners: make(map[chan *served]bool),
		gone: make(map[string]bool),
	}, nil
}

// Update serves the lists of a bundle from now on, such as Issuer.Publish returns,
// and pushes those that are new. Lists are verified first, and a list that is older
// than the one served is left out: a Handler that is told late takes nothing back,
// but for one that is from more than 5 minutes ahead, which no verifier takes.
// The error says which were refused; the others are served nevertheless.
func (h *Handler) Update(ctx context.Context, b *revocation.Bundle) error {
	var errs []error
	for url, raw := range b.All() {
		s, err := h.prepare(ctx, url, raw)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", url, err))
			continue
		}
		h.serve(url, s)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for url := range h.lists {
		if _, err := b.List(ctx, url); errors.Is(err, revocation.ErrRetired) {
			delete(h.lists, url)
			h.gone[url] = true
		}
	}
	h.retired = b
	return errors.Join(errs...)
}

// serve puts a list in the place of an older one.
func (h *Handler) serve(url string, s *served) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.gone[url] {
		return
	}
	const skew = 5 * time.Minute
	if old := h.lists[url]; old != nil && (old.etag == s.etag ||
		s.validFrom.Before(old.validFrom) && old.validFrom.Sub(h.opts.Now()) <= skew) {
		return
	}
	h.lists[url] = s
	for listener := range h.listeners {
		select {
		case listener <- s:
		default: // too slow: it connects again and asks
			delete(h.listeners, listener)
			close(listener)
		}
	}
}

// prepare verifies a list and makes all that is sent of it.
func (h *Handler) prepare(ctx context.Context, url string, raw []byte) (*served, error) {
	l, err := revocation.VerifyList(ctx, raw, h.signers, h.opts.Resolver)
	if err != nil {
		return nil, err
	}
	if origin, err := originOf(url); err != nil || origin != h.origin || l.URL() != url {
		return nil, fmt.Errorf("%w: a list of %.120q", ErrOrigin, l.URL())
	}
	age := h.opts.MaxAge
	if ttl := l.TTL(); ttl > 0 {
		age = ttl
	}
	sum := sha256.Sum256(raw)
	tag := base64.RawURLEncoding.EncodeToString(sum[:18])
	s := &served{
		raw: raw, etag: `"` + tag + `"`, gzEtag: `"` + tag + `-gz"`, contentType: contentType(l, raw),
		cacheControl: "public, max-age=" + strconv.FormatInt(int64(age/time.Second), 10),
		lastModified: l.ValidFrom().UTC().Format(http.TimeFormat), validFrom: l.ValidFrom(),
		event: event(raw),
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(raw); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	s.packed = packed.Bytes()
	return s, nil
}

func contentType(l *revocation.List, raw []byte) string {
	switch {
	case raw[0] == '{':
		return "application/vc"
	case l.Format() == revocation.TokenStatusList:
		return "application/statuslist+jwt"
	}
	return "application/vc+jwt"
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	if strings.Contains(r.Header.Get("Accept"), "text/event-stream") && r.Method == http.MethodGet {
		h.push(w, r)
		return
	}
	url := h.origin + r.URL.RequestURI()
	h.mu.RLock()
	s, retired, gone := h.lists[url], h.retired, h.gone[url]
	h.mu.RUnlock()
	if s == nil {
		w.Header().Set("Cache-Control", "public, max-age=10")
		if _, err := retired.List(r.Context(), url); gone || errors.Is(err, revocation.ErrRetired) {
			w.Header().Set("Cache-Control", "public, max-age=86400")
			http.Error(w, "retired", http.StatusGone)
			return
		}
		http.Error(w, "no such list", http.StatusNotFound)
		return
	}
	s.write(w, r)
}

// write answers with the list, compressed if the client takes that, or that it has
// not changed.
func (s *served) write(w http.ResponseWriter, r *http.Request) {
	body, tag := s.raw, s.etag
	head := w.Header()
	if len(s.packed) < len(s.raw) && takesGzip(r.Header.Values("Accept-Encoding")) {
		body, tag = s.packed, s.gzEtag
		head.Set("Content-Encoding", "gzip")
	}
	head.Set("Vary", "Accept-Encoding")
	head.Set("Etag", tag)
	head.Set("Cache-Control", s.cacheControl)
	head.Set("Last-Modified", s.lastModified)
	head.Set("Content-Type", s.contentType)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Access-Control-Allow-Origin", "*")
	if matches(r.Header.Values("If-None-Match"), tag) {
		head.Del("Content-Encoding")
		head.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	head.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	_, _ = w.Write(body) // who is gone does not hear of it
}

// matches reports whether an If-None-Match has a tag (RFC 9110 section 13.1.2).
func matches(values []string, tag string) bool {
	for _, one := range strings.Split(strings.Join(values, ","), ",") {
		if one = strings.TrimPrefix(strings.TrimSpace(one), "W/"); one == tag || one == "*" {
			return true
		}
	}
	return false
}

// takesGzip reads Accept-Encoding (RFC 9110 section 12.5.3).
func takesGzip(values []string) bool {
	for _, one := range strings.Split(strings.Join(values, ","), ",") {
		name, weight, _ := strings.Cut(one, ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		_, q, ok := strings.Cut(strings.ReplaceAll(weight, " ", ""), "=")
		n, err := strconv.ParseFloat(q, 64)
		return !ok || err == nil && n > 0
	}
	return false
}
