package statushttp

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// FetcherConfig says what a Fetcher asks, and how.
type FetcherConfig struct {
	// Origins are those that lists may come from, such as https://status.example.com.
	// At least one.
	Origins []string
	// Refresh is how old what was fetched may be before it is asked for again: well
	// below the staleness that the verifier accepts, a third of it for example. A
	// server that says less is asked earlier.
	Refresh time.Duration
	// Offer takes lists that are pushed: Checker.Offer. nil: Listen refuses.
	Offer func(ctx context.Context, list []byte) error

	// Transport makes the requests; nil: one with the limits of this package. It
	// must not follow redirects.
	Transport http.RoundTripper
	Timeout   time.Duration    // of one request; 0: 10 seconds
	MaxLists  int              // how many are kept; 0: 256
	Now       func() time.Time // nil: time.Now
}

const (
	defaultTimeout  = 10 * time.Second
	defaultLists    = 256
	maxFlights      = 16 // requests at once
	firstWait       = time.Second
	maxHeaderBytes  = 64 << 10
	minimumInterval = time.Second
)

// Fetcher is a [revocation.Source] that asks over HTTP. It is safe for concurrent
// use.
type Fetcher struct {
	config  FetcherConfig
	origins map[string]bool
	client  *http.Client
	flights chan struct{} // room for requests

	mu    sync.RWMutex
	lists map[string]*entry // by URL
}

// NewFetcher returns a Fetcher that has asked nothing yet.
func NewFetcher(config FetcherConfig) (*Fetcher, error) {
	switch {
	case len(config.Origins) == 0:
		return nil, fmt.Errorf("%w: no origins", ErrConfig)
	case config.Refresh < minimumInterval:
		return nil, fmt.Errorf("%w: Refresh %s, want at least a second", ErrConfig, config.Refresh)
	case config.Timeout < 0 || config.MaxLists < 0:
		return nil, fmt.Errorf("%w: Timeout %s, MaxLists %d, want none below 0", ErrConfig, config.Timeout, config.MaxLists)
	}
	f := &Fetcher{config: config, origins: make(map[string]bool), lists: make(map[string]*entry), flights: make(chan struct{}, maxFlights)}
	for _, o := range config.Origins {
		origin, err := originOf(o)
		if err != nil || origin != o {
			return nil, fmt.Errorf("%w: origin %.120q, want such as https://status.example.com", ErrConfig, o)
		}
		f.origins[o] = true
	}
	if f.config.Timeout == 0 {
		f.config.Timeout = defaultTimeout
	}
	if f.config.MaxLists == 0 {
		f.config.MaxLists = defaultLists
	}
	if f.config.Now == nil {
		f.config.Now = time.Now
	}
	transport := config.Transport
	if transport == nil {
		transport = defaultTransport(f.config.Timeout)
	}
	f.client = &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	return f, nil
}

// defaultTransport bounds what a server may send before a body. No environment
// variable sends its requests elsewhere.
func defaultTransport(timeout time.Duration) *http.Transport {
	return &http.Transport{
		MaxResponseHeaderBytes: maxHeaderBytes, TLSHandshakeTimeout: timeout, ResponseHeaderTimeout: timeout,
		MaxIdleConnsPerHost: 2, IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: true,
	}
}

// allowed refuses a URL that is not of a configured origin.
func (f *Fetcher) allowed(url string) error {
	origin, err := originOf(url)
	if err != nil {
		return err
	}
	if !f.origins[origin] {
		return fmt.Errorf("%w: %.120q", ErrOrigin, origin)
	}
	return nil
}

// List implements [revocation.Source]. What was fetched lately is returned at once,
// as the same slice each time. What is due is asked for meanwhile; what there is not,
// or what is very old, is waited for. Where asking fails, what there is is returned:
// the Checker judges its age.
func (f *Fetcher) List(ctx context.Context, url string) ([]byte, error) {
	now := f.config.Now()
	f.mu.RLock()
	e := f.lists[url]
	if e != nil && now.Before(e.next) && (e.body != nil || e.err != nil) {
		e.used.Store(now.UnixNano())
		body, err := e.body, e.err
		f.mu.RUnlock()
		return body, err
	}
	f.mu.RUnlock()
	if err := f.allowed(url); err != nil {
		return nil, err
	}
	e, flight, err := f.start(ctx, url, now, false, true)
	if err != nil {
		return nil, err
	}
	if body := e.ready(f, now); body != nil {
		return body, nil
	}
	select {
	case <-flight:
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %.120q: %w", ErrFetch, url, ctx.Err())
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return e.body, e.err
}

// Run asks again for lists that are in use before they are due, so that no request
// waits. It returns when ctx ends.
func (f *Fetcher) Run(ctx context.Context) error {
	tick := time.NewTicker(max(f.config.Refresh/8, minimumInterval/2))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
			f.refreshDue(ctx, f.config.Now())
		}
	}
}

// refreshDue asks for what is due and was used of late.
func (f *Fetcher) refreshDue(ctx context.Context, now time.Time) {
	const idle = 20 // times Refresh
	for _, url := range f.urls(func(e *entry) bool {
		used := time.Unix(0, e.used.Load())
		return !now.Before(e.next) && now.Sub(used) < idle*f.config.Refresh
	}) {
		_, _, _ = f.start(ctx, url, now, false, false) // what is not kept any more is not missed
	}
}

// Refresh asks for every list that is kept, now, and waits for the answers.
func (f *Fetcher) Refresh(ctx context.Context) error {
	now := f.config.Now()
	for _, url := range f.urls(func(e *entry) bool { return e.body != nil }) {
		_, flight, err := f.start(ctx, url, now, true, false)
		if err != nil {
			return err
		}
		select {
		case <-flight:
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", ErrFetch, ctx.Err())
		}
	}
	return nil
}

func (f *Fetcher) urls(want func(*entry) bool) (urls []string) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for url, e := range f.lists {
		if want(e) {
			urls = append(urls, url)
		}
	}
	return urls
}
