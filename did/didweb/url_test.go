package didweb_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/did/didweb"
	"github.com/taperid/taper/internal/personas"
)

func TestURL(t *testing.T) {
	for text, want := range map[string]string{
		"did:web:w3c-ccg.github.io":                "https://w3c-ccg.github.io/.well-known/did.json",
		"did:web:w3c-ccg.github.io:user:alice":     "https://w3c-ccg.github.io/user/alice/did.json",
		"did:web:example.com%3A3000":               "https://example.com:3000/.well-known/did.json",
		"did:web:example.com%3A3000:user:alice":    "https://example.com:3000/user/alice/did.json",
		"did:web:localhost%3A8443":                 "https://localhost:8443/.well-known/did.json",
		"did:web:xn--bcher-kva.example":            "https://xn--bcher-kva.example/.well-known/did.json",
		"did:web:1password.com:a_b.c-d":            "https://1password.com/a_b.c-d/did.json",
		"did:web:example.com:a%20b":                "https://example.com/a%20b/did.json",
		"did:web:example.com:%C3%A4":               "https://example.com/%C3%A4/did.json",
		"did:web:example.com:...":                  "https://example.com/.../did.json",
		"did:web:example.com:.well-known:did.json": "https://example.com/.well-known/did.json/did.json",
	} {
		d, err := did.Parse(text)
		require.NoError(t, err)
		got, err := didweb.URL(d)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
}

func TestURLRefusals(t *testing.T) {
	for _, text := range []string{
		"did:web:127.0.0.1", "did:web:127.1", "did:web:2130706433", "did:web:0x7f000001", "did:web:127.0.0.0x1", "did:web:1.2.3.4%3A80",
		"did:web:%5B%3A%3A1%5D", "did:web:Example.com", "did:web:example.com.", "did:web:.example.com", "did:web:a..b", "did:web:a_b.com",
		"did:web:-a.com", "did:web:a-.com", "did:web:" + strings.Repeat("a", 64) + ".com", "did:web:" + strings.Repeat("a.", 130) + "com",
		"did:web:example.com%3a80", "did:web:example.com%3A", "did:web:example.com%3A0", "did:web:example.com%3A080", "did:web:example.com%3A65536",
		"did:web:example.com%3A-1", "did:web:example.com%3A80%3A80", "did:web:example.com%3Aa", "did:web:%3A80",
		"did:web:user%40example.com", "did:web:example.com%2F", "did:web:example.com%2Fpath", "did:web:evil.com%23.example.com",
		"did:web:evil.com%3F.example.com", "did:web:evil.com%5C.example.com", "did:web:example.com%00", "did:web:exam%70le.com",
		"did:web:example.com:..", "did:web:example.com:.", "did:web:example.com:a:..:b", "did:web:example.com:%2e%2e", "did:web:example.com:.%2E",
		"did:web:example.com:%2e", "did:web:example.com:a%2Fb", "did:web:example.com:a%5Cb", "did:web:example.com:%252e%252e",
		"did:web:example.com:a%00", "did:web:example.com:a%0D%0A", "did:web:example.com:a%7F", "did:web:example.com::a",
	} {
		d, err := did.Parse(text)
		require.NoError(t, err, text)
		got, err := didweb.URL(d)
		require.ErrorIs(t, err, did.ErrInvalid, text)
		require.Empty(t, got)
		r, err := didweb.New(didweb.Config{})
		require.NoError(t, err)
		_, err = r.Resolve(t.Context(), d)
		require.ErrorIs(t, err, did.ErrInvalid, text)
	}
	for _, d := range []did.DID{personas.New("alice").DID(), {}} {
		_, err := didweb.URL(d)
		require.ErrorIs(t, err, did.ErrMethod)
	}
}

func FuzzURL(f *testing.F) {
	f.Add("did:web:example.com%3A3000:user:alice")
	f.Add("did:web:example.com:%2e%2e")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := did.Parse(text)
		if err != nil {
			return
		}
		got, err := didweb.URL(d)
		if err != nil {
			require.Empty(t, got)
			return
		}
		u, err := url.Parse(got)
		require.NoError(t, err)
		require.Equal(t, "https", u.Scheme)
		require.Equal(t, got, "https://"+u.Host+u.EscapedPath(), "nothing but a host and a path")
		require.Equal(t, u.String(), got)
		require.True(t, strings.HasSuffix(u.Path, "/did.json"))
		for _, segment := range strings.Split(u.Path[1:], "/") {
			require.NotContains(t, []string{"", ".", ".."}, segment)
		}
		back := "did:web:" + strings.Replace(u.Host, ":", "%3A", 1)
		if path := strings.TrimSuffix(u.EscapedPath(), "/did.json"); path != "/.well-known" || strings.Contains(text[8:], ":") {
			back += strings.ReplaceAll(path, "/", ":")
		}
		require.Equal(t, text, back, "one DID, one URL")
	})
}
