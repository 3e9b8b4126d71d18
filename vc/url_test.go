package vc_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/vc"
)

// isID reports whether a credential may have that id.
func isID(id string) bool {
	c := sample()
	c.ID = id
	data, err := c.MarshalJSON()
	if err != nil {
		return false
	}
	issuer := strings.Replace(string(data), `"issuer":""`, `"issuer":"did:example:a"`, 1)
	_, err = vc.ParseUnverified([]byte(issuer))
	return err == nil
}

func TestIDsAreURLs(t *testing.T) {
	for _, id := range []string{
		"urn:x:y", "did:example:a", "did:example:a?b=c#d", "http://a", "https://a.example/b?c#d", "https://a:8080/", "https://[::1]/a",
		"https://u:p@a.example", "data:text/plain,a%20b", "a+b-c.d:e", "A:b", "https://a.example/(b)!$&'*+,;=:@", "file:///a", "x:/",
	} {
		require.True(t, isID(id), id)
	}
	for _, id := range []string{
		"a", ":a", "a:", "1a:b", "+a:b", "a b:c", "urn:x y", "https ://a", "urn:x#a#b", "urn:%", "urn:%4", "urn:%zz", "urn:x\\y", "urn:<x>",
		"urn:{x}", "urn:x|y", "urn:^", "urn:`", "urn:\"", "urn:\u00e4", "urn:x\ny", "urn:x\x7f", "//a.example", "/a", "#a", "urn:[x]",
		"https://a.example/[b]", "https://[::1", "https://a:b/", "https://a.example:80x/", "u:" + strings.Repeat("x", 2048),
	} {
		require.False(t, isID(id), id)
	}
}

// FuzzIsURL: what passes is a URI to the standard library too.
func FuzzIsURL(f *testing.F) {
	f.Add("https://u@a.example:80/b?c#d")
	f.Add("urn:%41")
	f.Add("x://[::1%25a]")
	f.Fuzz(func(t *testing.T, id string) {
		if id != "" && isID(id) {
			u, err := url.Parse(id)
			require.NoError(t, err)
			require.True(t, u.IsAbs())
		}
	})
}
