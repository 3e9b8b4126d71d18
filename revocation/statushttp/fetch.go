package statushttp

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/taperid/taper/revocation"
)

// answer is what a server said.
type answer struct {
	body       []byte // nil: not modified
	etag       string
	maxAge     time.Duration // below 0: not stated
	retryAfter time.Duration
}

// accepts are the types of lists, the compact ones first.
const accepts = "application/vc+jwt, application/statuslist+jwt, application/vc, application/vc+ld+json;q=0.9, application/json;q=0.8, */*;q=0.1"

// fetch makes one request.
func (f *Fetcher) fetch(ctx context.Context, url, etag string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrFetch, err)
	}
	req.Header.Set("Accept", accepts)
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", ErrFetch, err)
	}
	defer resp.Body.Close() //nolint:errcheck // nothing more is wanted of it
	a := answer{
		etag: resp.Header.Get("Etag"), maxAge: maxAge(resp.Header),
		retryAfter: secondsOf(resp.Header.Get("Retry-After")),
	}
	switch {
	case resp.StatusCode == http.StatusNotModified && etag != "":
		return a, nil
	case resp.StatusCode == http.StatusOK:
		a.body, err = readBody(resp, url)
		return a, err
	case resp.StatusCode == http.StatusGone:
		return a, fmt.Errorf("%w: %.120q", revocation.ErrRetired, url)
	case resp.StatusCode/100 == 3:
		return a, fmt.Errorf("%w: %.120q answers %d: redirects are not followed", ErrFetch, url, resp.StatusCode)
	}
	return a, fmt.Errorf("%w: %.120q answers %d", ErrFetch, url, resp.StatusCode)
}

// readBody reads no more than a list may have, compressed or not.
func readBody(resp *http.Response, url string) ([]byte, error) {
	if resp.ContentLength > maxList {
		return nil, fmt.Errorf("%w: %.120q has %d bytes, at most %d", ErrFetch, url, resp.ContentLength, maxList)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxList+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %.120q: %w", ErrFetch, url, err)
	case len(body) > maxList:
		return nil, fmt.Errorf("%w: %.120q has more than %d bytes", ErrFetch, url, maxList)
	case len(body) == 0:
		return nil, fmt.Errorf("%w: %.120q is empty", ErrFetch, url)
	}
	return body, nil
}

// maxAge reads how long a response may be used (RFC 9111 section 5.2.2), less the
// time it spent in caches; below 0 where it does not say.
func maxAge(h http.Header) time.Duration {
	age := time.Duration(-1)
	for _, directive := range strings.Split(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			if age < 0 && value != "" {
				age = secondsOf(strings.Trim(value, `"`))
			}
		}
	}
	if age > 0 {
		age = max(age-secondsOf(h.Get("Age")), 0)
	}
	return age
}

// secondsOf reads a number of seconds, 0 where it is none.
func secondsOf(text string) time.Duration {
	const most = 365 * 24 * 3600
	n, err := strconv.ParseUint(text, 10, 63)
	if err != nil {
		return 0
	}
	return time.Duration(min(n, most)) * time.Second
}
