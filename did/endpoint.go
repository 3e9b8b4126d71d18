package did

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

var errLeaves = errors.New("leaves the endpoint")

// join applies a relative reference (RFC 3986 section 5) and a fragment to the URL
// of an endpoint. Whoever wrote the DID URL is not who answers for the endpoint, so
// the result is below it: of the same origin and in the same folder, whatever a
// server decodes once more.
func join(endpoint, ref, fragment string) (string, error) {
	if ref == "" && fragment == "" {
		return endpoint, nil
	}
	base, err := url.Parse(endpoint)
	if err != nil {
		return "", fmt.Errorf("%w: endpoint %.80q", ErrDocument, endpoint)
	}
	out := base
	if ref != "" {
		if out, err = below(base, ref); err != nil {
			return "", fmt.Errorf("%w: relativeRef %.80q at %.80q: %v", ErrURL, ref, endpoint, err)
		}
	}
	if fragment != "" {
		if strings.Contains(out.String(), "#") {
			return "", fmt.Errorf("%w: two fragments, in the DID URL and at %.80q", ErrURL, endpoint)
		}
		return out.String() + "#" + fragment, nil
	}
	return out.String(), nil
}

func below(base *url.URL, ref string) (*url.URL, error) {
	rel, err := url.Parse(ref)
	switch {
	case err != nil || !isURLText(strings.ReplaceAll(ref, "#", ""), "/?"):
		return nil, errors.New("is no reference")
	case base.Host == "":
		return nil, errors.New("the endpoint has no path")
	}
	out := base.ResolveReference(rel)
	if out.Scheme != base.Scheme || out.Host != base.Host || out.User != base.User {
		return nil, errLeaves
	}
	folder := base.EscapedPath()
	folder = folder[:strings.LastIndexByte(folder, '/')+1]
	if climbs(rel.Path) || !strings.HasPrefix(out.EscapedPath(), folder) {
		return nil, errLeaves
	}
	return out, nil
}

// climbs reports whether a path, decoded as often as anybody might, has a segment
// that means another folder.
func climbs(path string) bool {
	for range 4 {
		for _, segment := range strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' }) {
			if segment == "." || segment == ".." {
				return true
			}
		}
		decoded, err := url.PathUnescape(path)
		if err != nil {
			return true
		}
		if decoded == path {
			return false
		}
		path = decoded
	}
	return true
}
