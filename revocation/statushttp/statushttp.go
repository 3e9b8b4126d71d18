// Package statushttp moves status lists over HTTP: a [Handler] serves and pushes
// what an issuer published, a [Fetcher] is a verifier's [revocation.Source].
//
// Neither is trusted. A list proves itself, its age counts from when it was signed,
// and whoever stands between the two, a content distribution network above all, can
// hold lists back and no more, which shows as staleness.
//
// A Fetcher asks only origins that it was configured with, follows no redirects,
// reads no more than a list may have, asks for each list once at a time, and waits
// longer after each failure. It asks again before a list grows old, while requests
// are answered from what it has. Pushes, as server-sent events, are handed to the
// Checker and act at once; a push that is lost costs no more than the time to the
// next fetch.
package statushttp

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

var (
	// ErrConfig is returned for a configuration that bounds nothing or contradicts
	// itself.
	ErrConfig = errors.New("statushttp: configuration")
	// ErrOrigin is returned for a URL of an origin that is not configured.
	ErrOrigin = errors.New("statushttp: origin is not configured")
	// ErrFetch is returned where a list could not be had.
	ErrFetch = errors.New("statushttp: fetch")
)

// maxList is how many bytes a list may have.
const maxList = 1 << 20

// originOf returns the origin of an https URL: scheme, host and port, as they stand
// there. A URL with a user, or another scheme, has none.
func originOf(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.Opaque != "" || strings.Contains(text, "#") {
		return "", fmt.Errorf("%w: %.120q is no https URL without user and fragment", ErrOrigin, text)
	}
	return "https://" + strings.ToLower(u.Host), nil
}
