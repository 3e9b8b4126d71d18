package didweb_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/did/didweb"
	"github.com/taperid/taper/internal/personas"
)

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}

// site is a server on 127.0.0.1 with a certificate for example.com, and the DNS
// that leads there.
type site struct {
	*httptest.Server
	port  string
	dns   *dns
	asked atomic.Int64
	serve http.HandlerFunc
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{dns: &dns{answers: map[string][]string{"example.com.": {"127.0.0.1"}}}}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.asked.Add(1)
		s.serve(w, r)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	_, s.port, _ = net.SplitHostPort(s.Listener.Addr().String())
	return s
}

// did returns the did:web of the site, with a path.
func (s *site) did(t *testing.T, path string) did.DID {
	t.Helper()
	d, err := did.Parse("did:web:example.com%3A" + s.port + path)
	require.NoError(t, err)
	return d
}

// config is one that reaches the site.
func (s *site) config() didweb.Config {
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return didweb.Config{AllowAddresses: loopback, RootCAs: roots, DNS: s.dns.resolver()}
}

func (s *site) resolver(t *testing.T, change func(*didweb.Config)) *didweb.Resolver {
	t.Helper()
	c := s.config()
	if change != nil {
		change(&c)
	}
	r, err := didweb.New(c)
	require.NoError(t, err)
	return r
}

// document is the one that a DID publishes.
func document(t *testing.T, d did.DID) []byte {
	t.Helper()
	id := d.String() + "#key-1"
	data, err := json.Marshal(&did.Document{
		ID:      d,
		Methods: []did.VerificationMethod{{ID: id, Controller: d, Key: personas.New("alice").Key()}},
		Uses:    map[did.Relationship][]string{did.AssertionMethod: {id}},
	})
	require.NoError(t, err)
	return data
}

func serve(contentType string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = w.Write(body)
	}
}

// dns answers for names, each time with the next of its answers.
type dns struct {
	mu      sync.Mutex
	answers map[string][]string
}

func (d *dns) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go d.answer(server)
		return client, nil
	}}
}

// answer speaks DNS as over TCP (RFC 1035 section 4.2.2): one question, and one
// answer where the next one is of its kind.
func (d *dns) answer(c net.Conn) {
	defer c.Close()
	var size [2]byte
	if _, err := c.Read(size[:]); err != nil {
		return
	}
	query := make([]byte, int(size[0])<<8|int(size[1]))
	if n, err := c.Read(query); err != nil || n != len(query) {
		return
	}
	name, end := "", 12
	for query[end] != 0 {
		n := int(query[end])
		name += string(query[end+1:end+1+n]) + "."
		end += 1 + n
	}
	question := query[12 : end+5]
	kind := query[end+2] // 1 is A, 28 AAAA
	reply := append([]byte{query[0], query[1], 0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0}, question...)
	if ip := d.next(name, kind); ip.IsValid() {
		reply[7] = 1
		reply = append(reply, 0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 0, 0, byte(ip.BitLen()/8))
		reply = append(reply, ip.AsSlice()...)
	}
	_, _ = c.Write(append([]byte{byte(len(reply) >> 8), byte(len(reply))}, reply...))
}

func (d *dns) next(name string, kind byte) netip.Addr {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := d.answers[name]
	if len(all) == 0 {
		return netip.Addr{}
	}
	ip := netip.MustParseAddr(all[0])
	if ip.Is4() != (kind == 1) {
		return netip.Addr{}
	}
	if len(all) > 1 {
		d.answers[name] = all[1:]
	}
	return ip
}

func TestResolve(t *testing.T) {
	s := newSite(t)
	for path, file := range map[string]string{"": "/.well-known/did.json", ":users:alice": "/users/alice/did.json", ":a%20b": "/a%20b/did.json"} {
		d := s.did(t, path)
		s.serve = func(w http.ResponseWriter, r *http.Request) {
			require.Equal(t, file, r.URL.EscapedPath())
			require.Equal(t, http.MethodGet, r.Method)
			require.Equal(t, "example.com:"+s.port, r.Host)
			require.Empty(t, r.Header.Get("Accept-Encoding"))
			serve("application/did+json; charset=UTF-8", document(t, d))(w, r)
		}
		doc, err := s.resolver(t, nil).Resolve(t.Context(), d)
		require.NoError(t, err)
		require.Equal(t, d, doc.ID)
		key, err := did.FindKey(t.Context(), did.ByMethod{"web": s.resolver(t, nil)}, d, d.String()+"#key-1", did.AssertionMethod)
		require.NoError(t, err)
		require.Equal(t, personas.New("alice").Key().Multibase(), key.Multibase())
	}
}

func TestMediaTypes(t *testing.T) {
	s := newSite(t)
	d := s.did(t, "")
	for typ, good := range map[string]bool{
		"application/did": true, "application/did+ld+json": true, "application/did+json": true, "application/json": true,
		"application/ld+json; profile=\"x\"": true, "application/json; charset=utf-8": true, "Application/JSON": true,
		"": false, "text/html": false, "text/plain": false, "application/javascript": false, "application/json; charset=latin1": false,
		"application/jsonx": false, "text/json": false, "application/json;": true, ";": false, "application/json; charset=\"": false,
	} {
		s.serve = func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Content-Type"] = []string{typ}
			_, _ = w.Write(document(t, d))
		}
		_, err := s.resolver(t, nil).Resolve(t.Context(), d)
		if good {
			require.NoError(t, err, typ)
		} else {
			require.ErrorIs(t, err, didweb.ErrResponse, typ)
		}
	}
}

func TestHostileAnswers(t *testing.T) {
	s := newSite(t)
	d := s.did(t, "")
	good := document(t, d)
	other, err := did.Parse("did:web:victim.example")
	require.NoError(t, err)
	ends := s.did(t, "0") // a DID that begins with that of the site
	redirect := func(code int, to string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/.well-known/did.json" {
				serve("application/json", good)(w, r)
				return
			}
			http.Redirect(w, r, to, code)
		}
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(good)
	require.NoError(t, z.Close())
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		want  error
	}{
		"another's document":    {serve("application/json", document(t, other)), did.ErrDocument},
		"one that begins alike": {serve("application/json", document(t, ends)), did.ErrDocument},
		"a did:key's document":  {serve("application/json", document(t, personas.New("mallory").DID())), did.ErrDocument},
		"no document":           {serve("application/json", []byte(`{}`)), did.ErrDocument},
		"nothing":               {serve("application/json", nil), did.ErrDocument},
		"two documents":         {serve("application/json", append(good[:len(good):len(good)], good...)), did.ErrDocument},
		"a duplicate member":    {serve("application/json", []byte(`{"id":"`+d.String()+`","id":"`+d.String()+`"}`)), did.ErrDocument},
		"too long":              {serve("application/json", append(good[:len(good):len(good)], bytes.Repeat([]byte(" "), did.MaxDocument)...)), didweb.ErrResponse},
		"redirect to itself":    {redirect(302, "/other.json"), didweb.ErrResponse},
		"redirect, for good":    {redirect(301, "https://example.com:"+s.port+"/other.json"), didweb.ErrResponse},
		"redirect to loopback":  {redirect(307, "https://127.0.0.1:"+s.port+"/other.json"), didweb.ErrResponse},
		"redirect to a cloud":   {redirect(308, "http://169.254.169.254/latest/meta-data/"), didweb.ErrResponse},
		"redirect to a file":    {redirect(303, "file:///etc/passwd"), didweb.ErrResponse},
		"not found":             {http.NotFound, did.ErrNotFound},
		"gone":                  {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }, did.ErrNotFound},
		"a server's error":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); _, _ = w.Write(good) }, didweb.ErrResponse},
		"created":               {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201); _, _ = w.Write(good) }, didweb.ErrResponse},
		"no content":            {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, didweb.ErrResponse},
		"partial content":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(206); _, _ = w.Write(good) }, didweb.ErrResponse},
		"compressed, not asked": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			serve("application/json", packed.Bytes())(w, r)
		}, didweb.ErrResponse},
		"compressed, not said": {serve("application/json", packed.Bytes()), did.ErrDocument},
		"headers without an end": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X", strings.Repeat("x", 64<<10))
			serve("application/json", good)(w, r)
		}, didweb.ErrFetch},
		"a body that is cut": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "99999")
			serve("application/json", good)(w, r)
		}, didweb.ErrFetch},
		"hangs up": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, didweb.ErrFetch},
	} {
		s.serve = c.serve
		before := s.asked.Load()
		r := s.resolver(t, nil)
		doc, err := r.Resolve(t.Context(), d)
		require.ErrorIs(t, err, c.want, name)
		require.Nil(t, doc)
		require.LessOrEqual(t, s.asked.Load()-before, int64(2), "%s: nothing is followed", name)
		s.serve = serve("application/json", good)
		_, err = r.Resolve(t.Context(), d)
		require.NoError(t, err, "%s: and nothing of it is kept", name)
	}
}

// A server without an end, or one that says nothing, costs the timeout and no more.
func TestSlowAndEndlessServers(t *testing.T) {
	silent := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, handler := range map[string]http.HandlerFunc{
		"silent": silent,
		"silent after its headers": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(200)
			w.(http.Flusher).Flush()
			silent(w, r)
		},
	} {
		s := newSite(t)
		s.serve = handler
		r := s.resolver(t, func(c *didweb.Config) { c.Timeout = 200 * time.Millisecond })
		_, err := r.Resolve(t.Context(), s.did(t, ""))
		require.ErrorIs(t, err, didweb.ErrFetch, name)
		require.ErrorIs(t, err, context.DeadlineExceeded)
	}
	s := newSite(t)
	d := s.did(t, "")
	s.serve = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			if _, err := w.Write(bytes.Repeat([]byte(" "), 1<<10)); err != nil {
				return
			}
		}
	}
	_, err := s.resolver(t, nil).Resolve(t.Context(), d)
	require.ErrorIs(t, err, didweb.ErrResponse)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = s.resolver(t, nil).Resolve(ctx, d)
	require.ErrorIs(t, err, context.Canceled)
}

// A name is what its owner says. What counts is the address that is connected to.
func TestAddressesThatAreNotPublic(t *testing.T) {
	s := newSite(t)
	d := s.did(t, "")
	s.serve = serve("application/json", document(t, d))
	for _, ip := range []string{
		"127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
		"0.0.0.0", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "192.0.0.8",
		"::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1", "2001:db8::1",
		"100::1", "fec0::1", "3fff::1", "::ffff:10.0.0.1",
	} {
		s.dns.answers["example.com."] = []string{ip}
		_, err := s.resolver(t, func(c *didweb.Config) { c.AllowAddresses = nil }).Resolve(t.Context(), d)
		require.ErrorIs(t, err, didweb.ErrAddress, ip)
	}
	require.Zero(t, s.asked.Load())
}

// The name leads to a public address when somebody looks, and to loopback when the
// resolver connects.
func TestRebinding(t *testing.T) {
	s := newSite(t)
	d := s.did(t, "")
	s.serve = serve("application/json", document(t, d))
	s.dns.answers["example.com."] = []string{"93.184.215.14", "127.0.0.1"}
	c := s.config()
	c.AllowAddresses = nil
	r, err := didweb.New(c)
	require.NoError(t, err)
	ips, err := c.DNS.LookupHost(t.Context(), "example.com")
	require.NoError(t, err)
	require.Equal(t, []string{"93.184.215.14"}, ips)
	_, err = r.Resolve(t.Context(), d)
	require.ErrorIs(t, err, didweb.ErrAddress)
	require.Zero(t, s.asked.Load())
}

func TestOnlyWhatIsAllowedIsAllowed(t *testing.T) {
	s := newSite(t)
	d := s.did(t, "")
	s.serve = serve("application/json", document(t, d))
	_, err := s.resolver(t, func(c *didweb.Config) {
		c.AllowAddresses = []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32"), netip.MustParsePrefix("10.0.0.0/8")}
	}).Resolve(t.Context(), d)
	require.ErrorIs(t, err, didweb.ErrAddress)
	_, err = s.resolver(t, nil).Resolve(t.Context(), d)
	require.NoError(t, err)
}

func TestCertificates(t *testing.T) {
	s := newSite(t)
	s.serve = func(_ http.ResponseWriter, r *http.Request) { t.Error("served", r.URL) }
	_, err := s.resolver(t, func(c *didweb.Config) { c.RootCAs = nil }).Resolve(t.Context(), s.did(t, ""))
	require.ErrorIs(t, err, didweb.ErrFetch, "nobody certifies it")

	s.dns.answers["example.net."] = []string{"127.0.0.1"}
	d, err := did.Parse("did:web:example.net%3A" + s.port)
	require.NoError(t, err)
	_, err = s.resolver(t, nil).Resolve(t.Context(), d)
	require.ErrorIs(t, err, didweb.ErrFetch, "the certificate is another's")

	plain := httptest.NewServer(s.Config.Handler)
	t.Cleanup(plain.Close)
	_, port, err := net.SplitHostPort(plain.Listener.Addr().String())
	require.NoError(t, err)
	d, err = did.Parse("did:web:example.com%3A" + port)
	require.NoError(t, err)
	_, err = s.resolver(t, nil).Resolve(t.Context(), d)
	require.ErrorIs(t, err, didweb.ErrFetch, "http")

	d, err = did.Parse("did:web:nowhere.example")
	require.NoError(t, err)
	_, err = s.resolver(t, nil).Resolve(t.Context(), d)
	require.ErrorIs(t, err, didweb.ErrFetch, "no such name")
}

func TestProxyIsAskedOnlyIfConfigured(t *testing.T) {
	s := newSite(t)
	d := s.did(t, "")
	s.serve = serve("application/json", document(t, d))
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	t.Setenv("ALL_PROXY", "http://127.0.0.1:1")
	_, err := s.resolver(t, nil).Resolve(t.Context(), d)
	require.NoError(t, err)

	refused := errors.New("a proxy was asked for")
	asked := func(*http.Request) (*url.URL, error) { return nil, refused }
	_, err = s.resolver(t, func(c *didweb.Config) { c.Proxy = asked }).Resolve(t.Context(), d)
	require.ErrorIs(t, err, refused)

	private := func(*http.Request) (*url.URL, error) { return url.Parse("http://10.0.0.1:3128") }
	_, err = s.resolver(t, func(c *didweb.Config) { c.Proxy = private }).Resolve(t.Context(), d)
	require.ErrorIs(t, err, didweb.ErrAddress)
}

func TestDocumentsAreKept(t *testing.T) {
	s := newSite(t)
	now := time.Unix(1_795_000_000, 0)
	r := s.resolver(t, func(c *didweb.Config) {
		c.Now, c.MaxAge, c.MaxDocuments = func() time.Time { return now }, time.Minute, 2
	})
	resolve := func(path string) (fetched bool) {
		t.Helper()
		d := s.did(t, path)
		s.serve = serve("application/json", document(t, d))
		before := s.asked.Load()
		doc, err := r.Resolve(t.Context(), d)
		require.NoError(t, err)
		require.Equal(t, d, doc.ID)
		doc.Methods[0].Key = did.Key{} // what a caller does to it stays with the caller
		return s.asked.Load() > before
	}
	require.True(t, resolve(":a"))
	require.False(t, resolve(":a"))
	doc, err := r.Resolve(t.Context(), s.did(t, ":a"))
	require.NoError(t, err)
	require.Equal(t, did.Ed25519, doc.Methods[0].Key.Type())
	now = now.Add(time.Minute - 1)
	require.False(t, resolve(":a"))
	now = now.Add(1)
	require.True(t, resolve(":a"), "too old")
	now = now.Add(-time.Second)
	require.True(t, resolve(":a"), "a clock that was set back proves nothing")

	now = now.Add(time.Second)
	require.True(t, resolve(":b"))
	now = now.Add(time.Second)
	require.True(t, resolve(":c"), "no room: the oldest goes")
	require.False(t, resolve(":b"))
	require.True(t, resolve(":a"))
	now = now.Add(time.Hour)
	require.True(t, resolve(":d"), "room that old ones leave")

	// One that cannot be fetched again is not used any longer.
	now = now.Add(time.Minute)
	s.serve = func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }
	_, err = r.Resolve(t.Context(), s.did(t, ":d"))
	require.ErrorIs(t, err, didweb.ErrResponse)
}

// The age of a document counts from the question, however long the answer took.
func TestASlowAnswerIsAsOldAsItsQuestion(t *testing.T) {
	s := newSite(t)
	d := s.did(t, "")
	var mu sync.Mutex
	now := time.Unix(1_795_000_000, 0)
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	s.serve = func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now = now.Add(2 * time.Minute)
		mu.Unlock()
		serve("application/json", document(t, d))(w, r)
	}
	r := s.resolver(t, func(c *didweb.Config) { c.Now, c.MaxAge = clock, time.Minute })
	for range 2 {
		_, err := r.Resolve(t.Context(), d)
		require.NoError(t, err)
	}
	require.EqualValues(t, 2, s.asked.Load())
}

func TestASlowerOlderAnswerDoesNotReplaceANewerOne(t *testing.T) {
	s := newSite(t)
	d := s.did(t, "")
	newer, err := json.Marshal(&did.Document{ID: d})
	require.NoError(t, err)
	var mu sync.Mutex
	now := time.Unix(1_795_000_000, 0)
	started, answer := make(chan struct{}), make(chan struct{})
	s.serve = func(w http.ResponseWriter, r *http.Request) {
		if s.asked.Load() > 1 {
			serve("application/json", newer)(w, r)
			return
		}
		close(started)
		<-answer
		serve("application/json", document(t, d))(w, r)
	}
	r := s.resolver(t, func(c *didweb.Config) {
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	})
	slow := make(chan error)
	go func() {
		_, err := r.Resolve(context.Background(), d)
		slow <- err
	}()
	<-started
	mu.Lock()
	now = now.Add(time.Second)
	mu.Unlock()
	doc, err := r.Resolve(t.Context(), d)
	require.NoError(t, err)
	require.Empty(t, doc.Methods)
	close(answer)
	require.NoError(t, <-slow)
	doc, err = r.Resolve(t.Context(), d)
	require.NoError(t, err)
	require.Empty(t, doc.Methods, "the key that was taken out stays out")
}

func TestPinnedDocumentsAreNeverFetched(t *testing.T) {
	s := newSite(t)
	d := s.did(t, "")
	s.serve = func(_ http.ResponseWriter, r *http.Request) { t.Error("asked for", r.URL) }
	data := document(t, d)
	for _, offline := range []bool{false, true} {
		r := s.resolver(t, func(c *didweb.Config) { c.Pinned, c.Offline = [][]byte{data}, offline })
		doc, err := r.Resolve(t.Context(), d)
		require.NoError(t, err)
		require.Equal(t, d, doc.ID)
		_, err = doc.Find(d.String()+"#key-1", did.AssertionMethod)
		require.NoError(t, err)
	}
	r := s.resolver(t, func(c *didweb.Config) { c.Pinned, c.Offline = [][]byte{data}, true })
	_, err := r.Resolve(t.Context(), s.did(t, ":other"))
	require.ErrorIs(t, err, did.ErrNotFound)
}

func TestNewRefusals(t *testing.T) {
	s := newSite(t)
	d := s.did(t, "")
	for name, change := range map[string]func(*didweb.Config){
		"MaxAge of two days":       func(c *didweb.Config) { c.MaxAge = 48 * time.Hour },
		"negative MaxAge":          func(c *didweb.Config) { c.MaxAge = -1 },
		"negative Timeout":         func(c *didweb.Config) { c.Timeout = -1 },
		"negative MaxDocuments":    func(c *didweb.Config) { c.MaxDocuments = -1 },
		"MaxDocuments beyond all":  func(c *didweb.Config) { c.MaxDocuments = 1 << 20 },
		"the zero prefix":          func(c *didweb.Config) { c.AllowAddresses = []netip.Prefix{{}} },
		"offline with nothing":     func(c *didweb.Config) { c.Offline = true },
		"a pinned non-document":    func(c *didweb.Config) { c.Pinned = [][]byte{[]byte("{}")} },
		"a pinned did:key":         func(c *didweb.Config) { c.Pinned = [][]byte{document(t, personas.New("bob").DID())} },
		"pinned twice":             func(c *didweb.Config) { c.Pinned = [][]byte{document(t, d), document(t, d)} },
		"pinned and never reached": func(c *didweb.Config) { c.Pinned = [][]byte{[]byte(`{"id":"did:web:127.0.0.1"}`)} },
	} {
		c := s.config()
		change(&c)
		r, err := didweb.New(c)
		require.ErrorIs(t, err, didweb.ErrConfig, name)
		require.Nil(t, r)
	}
	_, err := didweb.New(didweb.Config{})
	require.NoError(t, err, "the zero Config is the strict one")
}

func TestConcurrentResolving(t *testing.T) {
	s := newSite(t)
	s.serve = func(w http.ResponseWriter, r *http.Request) {
		d := s.did(t, strings.ReplaceAll(strings.TrimSuffix(r.URL.Path, "/did.json"), "/", ":"))
		serve("application/json", document(t, d))(w, r)
	}
	r := s.resolver(t, func(c *didweb.Config) { c.MaxDocuments = 2 })
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			d := s.did(t, fmt.Sprintf(":%d", i%4))
			doc, err := r.Resolve(context.Background(), d)
			if err != nil || doc.ID != d {
				t.Error(doc, err)
			}
		})
	}
	group.Wait()
}
