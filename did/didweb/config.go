package didweb

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/taperid/taper/did"
)

// The defaults and the most that there may be.
const (
	defaultMaxAge       = 5 * time.Minute
	maxMaxAge           = 24 * time.Hour
	defaultTimeout      = 10 * time.Second
	defaultMaxDocuments = 256
	maxMaxDocuments     = 1 << 16 // of at most 64 KiB each
	maxHeaderBytes      = 16 << 10
)

// Config is what a Resolver is to do otherwise than it does by itself.
type Config struct {
	MaxAge       time.Duration // how long a document is used after it was asked for; zero: 5 minutes, at most 24 hours
	MaxDocuments int           // how many are kept; zero: 256, at most 65,536
	Timeout      time.Duration // of one fetch, with all that belongs to it; zero: 10 seconds

	// Pinned are documents, as JSON, that are used for their DIDs forever, and
	// whose hosts are never asked.
	Pinned [][]byte

	// Offline leaves the network alone: what is not pinned is not found.
	Offline bool

	// AllowAddresses are networks to connect to although they are not public, such
	// as 127.0.0.1/32 in a test.
	AllowAddresses []netip.Prefix

	// Proxy, where it is set, gives the proxy for a request, such as
	// http.ProxyFromEnvironment. The address that is checked is then the proxy's
	// own; what the proxy connects to is for the proxy to check.
	Proxy func(*http.Request) (*url.URL, error)

	RootCAs *x509.CertPool   // who certifies hosts; nil: the system's
	DNS     *net.Resolver    // who resolves names; nil: the system's
	Now     func() time.Time // the clock that MaxAge is measured on; nil: time.Now
}

// fill puts in the defaults and refuses what contradicts itself.
func (c *Config) fill() error {
	if c.MaxAge == 0 {
		c.MaxAge = defaultMaxAge
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.MaxDocuments == 0 {
		c.MaxDocuments = defaultMaxDocuments
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	switch {
	case c.MaxAge < 0 || c.MaxAge > maxMaxAge:
		return fmt.Errorf("%w: MaxAge is %v, at most %v", ErrConfig, c.MaxAge, maxMaxAge)
	case c.Timeout < 0:
		return fmt.Errorf("%w: Timeout is %v", ErrConfig, c.Timeout)
	case c.MaxDocuments < 0 || c.MaxDocuments > maxMaxDocuments:
		return fmt.Errorf("%w: MaxDocuments is %d, at most %d", ErrConfig, c.MaxDocuments, maxMaxDocuments)
	case c.Offline && len(c.Pinned) == 0:
		return fmt.Errorf("%w: offline without a pinned document", ErrConfig)
	}
	for _, p := range c.AllowAddresses {
		if !p.IsValid() {
			return fmt.Errorf("%w: AllowAddresses has a prefix that is none", ErrConfig)
		}
	}
	return nil
}

// pin reads the pinned documents.
func (c *Config) pin() (map[did.DID]*did.Document, error) {
	pinned := map[did.DID]*did.Document{}
	for i, data := range c.Pinned {
		doc, err := did.ParseDocument(data)
		if err != nil {
			return nil, fmt.Errorf("%w: pinned document %d: %w", ErrConfig, i, err)
		}
		if _, err := URL(doc.ID); err != nil {
			return nil, fmt.Errorf("%w: pinned document %d: %w", ErrConfig, i, err)
		}
		if _, ok := pinned[doc.ID]; ok {
			return nil, fmt.Errorf("%w: two pinned documents of %s", ErrConfig, doc.ID)
		}
		pinned[doc.ID] = doc
	}
	return pinned, nil
}

// client returns the client that fetches. It keeps no connections: what it fetches
// is kept.
func (c *Config) client() *http.Client {
	dialer := &net.Dialer{Timeout: c.Timeout, Resolver: c.DNS, ControlContext: allowed(c.AllowAddresses).control}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  c.Proxy, // nil: none, the environment's neither
			DialContext:            dialer.DialContext,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.RootCAs},
			ForceAttemptHTTP2:      true,
			DisableKeepAlives:      true,
			DisableCompression:     true, // no bound on what a byte unpacks to
			MaxResponseHeaderBytes: maxHeaderBytes,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
