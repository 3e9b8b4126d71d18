package delegation_test

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/personas"
)

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// list writes n strings made by format as a JSON array.
func list(n int, format string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = quoted(fmt.Sprintf(format, i))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func requireAuthority(t *testing.T, text string, valid bool) {
	t.Helper()
	a, err := delegation.ParseAuthority([]byte(text))
	if !valid {
		require.ErrorIs(t, err, delegation.ErrMalformedAuthority, text)
		require.True(t, a.IsZero())
		return
	}
	require.NoError(t, err)
	again := parse(t, normal(t, a))
	require.Equal(t, normal(t, a), normal(t, again))
	built, err := delegation.NewAuthority(a.Terms())
	require.NoError(t, err)
	require.Equal(t, strings.Replace(normal(t, a), `"depth":0,`, "", 1), normal(t, built))
}

func TestActions(t *testing.T) {
	deep := strings.Repeat("a/", 15) + "a"
	for _, tc := range []struct {
		pattern string
		valid   bool
	}{
		{"a", true},
		{"a/b/c", true},
		{"Az09._~-/x", true},
		{"...", true},
		{".a", true},
		{"a/**", true},
		{"a/b/**", true},
		{"**", true},
		{deep, true},
		{deep + "/a", false},
		{deep + "/**", false},
		{strings.Repeat("a/", 15) + "**", true},
		{strings.Repeat("a", 256), true},
		{strings.Repeat("a", 257), false},
		{strings.Repeat("a", 253) + "/**", true},
		{strings.Repeat("a", 254) + "/**", false},
		{"", false},
		{"/a", false},
		{"a/", false},
		{"a//b", false},
		{"/", false},
		{"/**", false},
		{".", false},
		{"..", false},
		{"a/../b", false},
		{"a/./b", false},
		{"../**", false},
		{"*", false},
		{"a/*", false},
		{"a/**/b", false},
		{"**/a", false},
		{"a**", false},
		{"a/***", false},
		{"**/**", false},
		{"a:b", false},
		{"a b", false},
		{"a%20", false},
		{"é", false},
		{"a\x00", false},
		{"a\n", false},
		{"!a", false},
		{"a?", false},
		{"[a]", false},
	} {
		requireAuthority(t, fmt.Sprintf(`{"grants":[{"actions":[%s],"resources":["**"]}],"audience":["**"]}`, quoted(tc.pattern)), tc.valid)
	}
}

func TestResources(t *testing.T) {
	label := strings.Repeat("a", 63)
	host := label + "." + label + "." + label + "." + strings.Repeat("a", 61)
	require.Len(t, host, 253)
	for _, tc := range []struct {
		pattern string
		valid   bool
	}{
		// Scheme.
		{"https://a", true},
		{"x+y-z.1://a", true},
		{"HTTPS://a", false},
		{"1x://a", false},
		{"://a", false},
		{"//a/b", false},
		{"/a", false},
		{"a", false},
		{"", false},
		{"https:", false},
		{"https:a", false},
		{"https:/a", false},
		{"mailto:a", false},
		{"https", false},
		// Host.
		{"https://", false},
		{"https:///a", false},
		{"https://a.b-c._d", true},
		{"https://A", false},
		{"https://a.", false},
		{"https://.a", false},
		{"https://a..b", false},
		{"https://-a", false},
		{"https://a-", false},
		{"https://_a_", true},
		{"https://xn--bcher-kva.example", true},
		{"https://bücher.example", false},
		{"https://" + label, true},
		{"https://a" + label, false},
		{"https://" + host, true},
		{"https://a" + host, false},
		{"https://" + strings.Repeat("a.", 126) + "aa", false},
		{"https://u@a", false},
		{"https://u:p@a", false},
		{"https://a%2Eb", false},
		{"https://a\\b", false},
		{"https://a b", false},
		{"https://a,b", false},
		// IPv4.
		{"https://127.0.0.1", true},
		{"https://255.255.255.255/a", true},
		{"https://256.0.0.1", false},
		{"https://127.1", false},
		{"https://1", false},
		{"https://127.0.0.01", false},
		{"https://0127.0.0.1", false},
		{"https://0x7f.0.0.1", false},
		{"https://1.2.3.0x4", false},
		{"https://a.0x", false},
		{"https://a.1", false},
		{"https://1.a", true},
		{"https://0x7f.a", true},
		{"https://1.2.3.4.5", false},
		{"https://a.x0", true},
		// IPv6.
		{"https://[::1]", true},
		{"https://[::1]:8443/a", true},
		{"https://[2001:db8::1]", true},
		{"https://[2001:DB8::1]", false},
		{"https://[2001:0db8::1]", false},
		{"https://[0:0:0:0:0:0:0:1]", false},
		{"https://[::ffff:127.0.0.1]", false},
		{"https://[::ffff:7f00:1]", false},
		{"https://[::1.2.3.4]", false},
		{"https://[fe80::1%25en0]", false},
		{"https://[fe80::1%en0]", false},
		{"https://[::1]a", false},
		{"https://[::1", false},
		{"https://::1", false},
		{"https://[]", false},
		{"https://[1.2.3.4]", false},
		{"https://[2001:db8:0:0:1:0:0:1]", false},
		{"https://[2001:db8::1:0:0:1]", true},
		// Port.
		{"https://a:1", true},
		{"https://a:65535", true},
		{"https://a:65536", false},
		{"https://a:0", false},
		{"https://a:080", false},
		{"https://a:", false},
		{"https://a:+1", false},
		{"https://a:x", false},
		{"https://a:443", false},
		{"http://a:80", false},
		{"ws://a:80", false},
		{"wss://a:443", false},
		{"ftp://a:21", false},
		{"http://a:443", true},
		{"https://a:80", true},
		{"x://a:80", true},
		{"https://a:1:2", false},
		// File.
		{"file://", true},
		{"file:///a", true},
		{"file://host/a", true},
		{"file:///", false},
		{"file://:80/a", false},
		{"file:/a", false},
		{"file:///a//b", false},
		// Without //.
		{"urn:uuid:1/a", true},
		{"did:web:a.com", true},
		{"urn:", false},
		{"urn:/a", false},
		{"urn:a/", false},
		{"urn:..", false},
		{"urn:a/../b", false},
		{"urn:a?=b", false},
		{"did:web:a%3A3000", true},
		{"tag:a", false},
		{"URN:a", false},
		// Path.
		{"https://a/", false},
		{"https://a/b/", false},
		{"https://a//b", false},
		{"https://a/./b", false},
		{"https://a/../b", false},
		{"https://a/b/..", false},
		{"https://a/...", true},
		{"https://a/..b", true},
		{"https://a/b?c", false},
		{"https://a/b#c", false},
		{"https://a?b", false},
		{"https://a#b", false},
		{"https://a/!$&'()+,=:@~", true},
		{"https://a/b;c", false},
		{"https://a/..;/b", false},
		{"https://a/b*", false},
		{"https://a/b c", false},
		{"https://a/é", false},
		{"https://a/\"", false},
		{"https://a/b\\c", false},
		{"https://a/<", false},
		{"https://a/b\n", false},
		{"https://a/b\x00", false},
		{"https://a/b|", false},
		{"https://a/^", false},
		{"https://a/[", false},
		{"https://a/`{}", false},
		// Percent-encoding.
		{"https://a/%20", true},
		{"https://a/%2A%3B%3F%23", true},
		{"https://a/%2a", false},
		{"https://a/%61", false},
		{"https://a/%2D", false},
		{"https://a/%7E", false},
		{"https://a/%2E%2E", false},
		{"https://a/%2F", false},
		{"https://a/%5C", false},
		{"https://a/%00", false},
		{"https://a/%1F", false},
		{"https://a/%7F", false},
		{"https://a/%0A", false},
		{"https://a/%", false},
		{"https://a/%2", false},
		{"https://a/%G0", false},
		{"https://a/%C3%A9", true},
		{"https://a/%C3", false},
		{"https://a/%C3/%A9", false},
		{"https://a/%C3%28", false},
		{"https://a/%A9", false},
		{"https://a/%C0%AF", false},
		{"https://a/%ED%A0%80", false},
		{"https://a/%F0%9F%98%80", true},
		{"https://a/%F4%90%80%80", false},
		{"https://a/%EF%BF%BD", true},
		{"https://a/%FF", false},
		{"https://a/%C3%A9%C3%A9x%E2%82%AC", true},
		{"https://a/%25", true},
		{"https://a/%25g0", true},
		{"https://a/%252F", false},
		{"https://a/%252f", false},
		{"https://a/%25AF", false},
		{"https://a/%25%20", true},
		{"https://a/%252", true},
		{"https://a/%2525", false},
		// Bounds.
		{"https://a" + strings.Repeat("/a", 32), true},
		{"https://a" + strings.Repeat("/a", 33), false},
		{"https://a" + strings.Repeat("/a", 31) + "/**", true},
		{"https://a" + strings.Repeat("/a", 32) + "/**", false},
		{"urn:a" + strings.Repeat("/a", 31), true},
		{"urn:a" + strings.Repeat("/a", 32), false},
		{"urn:a" + strings.Repeat("/a", 30) + "/**", true},
		{"urn:a" + strings.Repeat("/a", 31) + "/**", false},
		{"https://a/" + strings.Repeat("a", 2038), true},
		{"https://a/" + strings.Repeat("a", 2039), false},
		{"https://a/" + strings.Repeat("a", 2035) + "/**", true},
		{"https://a/" + strings.Repeat("a", 2036) + "/**", false},
		// Patterns.
		{"**", true},
		{"https://**", true},
		{"https://a/**", true},
		{"https://a/b/**", true},
		{"file:///**", true},
		{"file://**", true},
		{"urn:a/**", true},
		{"urn:**", false},
		{"urn:/**", false},
		{"https://*.a/**", true},
		{"https://*.a.b:8443/**", true},
		{"https://*.a:443/**", false},
		{"https://*.a", false},
		{"https://*.a/b/**", false},
		{"https://*.a/**/**", false},
		{"https://*/**", false},
		{"https://*./**", false},
		{"https://*.*.a/**", false},
		{"https://a.*.b/**", false},
		{"https://*a/**", false},
		{"https://*.a/", false},
		{"https://*.1.2.3.4/**", false},
		{"https://*.3.4/**", false},
		{"https://*.0x1/**", false},
		{"https://*.[::1]/**", false},
		{"https://*.:8443/**", false},
		{"https://*.A/**", false},
		{"https://*.a./**", false},
		{"file://*.a/**", true},
		{"file://*./**", false},
		{"https://*." + host[3:] + "/**", true},
		{"https://*." + host[2:] + "/**", false},
		{"*", false},
		{"***", false},
		{"https://a/*", false},
		{"https://a/**/b", false},
		{"https://a/b**", false},
		{"HTTPS://**", false},
		{"**://a", false},
		{"//**", false},
		{"/**", false},
		{"://**", false},
		{"https:/**", false},
		{"https://a/***", false},
		{"https:///**", false},
	} {
		requireAuthority(t, fmt.Sprintf(`{"grants":[{"actions":["a"],"resources":[%s]}],"audience":["**"]}`, quoted(tc.pattern)), tc.valid)
	}
}

func TestConstraints(t *testing.T) {
	nest := func(n int) string {
		return strings.Repeat(`{"each":`, n) + `{"any":true}` + strings.Repeat(`,"max":1}`, n)
	}
	objects := func(n int) string {
		return strings.Repeat(`{"object":{"args":{"a":`, n) + `{"any":true}` + strings.Repeat(`}}}`, n)
	}
	for _, tc := range []struct {
		constraint string
		valid      bool
	}{
		{`{"any":true}`, true},
		{`{"any":false}`, false},
		{`{"any":null}`, false},
		{`{"any":1}`, false},
		{`{}`, false},
		{`null`, false},
		{`true`, false},
		{`[]`, false},
		{`{"none":true}`, false},
		{`{"any":true,"in":[1]}`, false},
		{`{"any":true,"max":1}`, false},
		{`{"max":1,"any":true}`, false},
		{`{"max":1}`, false},
		{`{"glob":"a*"}`, false},
		{`{"Any":true}`, false},
		{`{"any":true,"any":true}`, false},
		{`{"in":[1,"1",true,false,null,""]}`, true},
		{`{"in":[]}`, false},
		{`{"in":[1,1]}`, false},
		{`{"in":["a","a"]}`, false},
		{`{"in":["a","\u0061"]}`, false},
		{`{"in":[null,null]}`, false},
		{`{"in":["a","A"]}`, true},
		{`{"in":[1.0]}`, false},
		{`{"in":[1e2]}`, false},
		{`{"in":[-0]}`, false},
		{`{"in":[9007199254740991,-9007199254740991]}`, true},
		{`{"in":[9007199254740992]}`, false},
		{`{"in":[[]]}`, false},
		{`{"in":[{}]}`, false},
		{`{"in":1}`, false},
		{`{"in":["\ud800"]}`, false},
		{`{"in":` + list(256, "%d") + `}`, true},
		{`{"in":` + list(257, "%d") + `}`, false},
		{`{"range":[1,2]}`, true},
		{`{"range":[2,2]}`, true},
		{`{"range":[2,1]}`, false},
		{`{"range":[null,1]}`, true},
		{`{"range":[null,null]}`, true},
		{`{"range":[1,null]}`, true},
		{`{"range":[1]}`, false},
		{`{"range":[1,2,3]}`, false},
		{`{"range":[]}`, false},
		{`{"range":[1.5,2]}`, false},
		{`{"range":["1",2]}`, false},
		{`{"range":[0,9007199254740992]}`, false},
		{`{"range":[-0,1]}`, false},
		{`{"range":null}`, false},
		{`{"under":"https://a/**"}`, true},
		{`{"under":"**"}`, true},
		{`{"under":"a*"}`, false},
		{`{"under":["https://a/**"]}`, false},
		{`{"under":null}`, false},
		{`{"each":{"any":true},"max":0}`, true},
		{`{"max":3,"each":{"any":true}}`, true},
		{`{"each":{"any":true}}`, false},
		{`{"each":{"any":true},"max":-1}`, false},
		{`{"each":{"any":true},"max":null}`, false},
		{`{"each":{"none":true},"max":1}`, false},
		{`{"each":{},"max":1}`, false},
		{`{"each":null,"max":1}`, false},
		{`{"each":{"any":true},"max":1,"any":true}`, false},
		{`{"each":{"any":true},"max":1.5}`, false},
		{`{"object":{}}`, true},
		{`{"object":null}`, false},
		{`{"object":{"closed":true}}`, true},
		{`{"object":{"closed":false}}`, false},
		{`{"object":{"args":{}}}`, false},
		{`{"object":{"optional":{}}}`, false},
		{`{"object":{"args":{"a":{"none":true}}}}`, false},
		{`{"object":{"optional":{"a":{"none":true}}}}`, true},
		{`{"object":{"except":[]}}`, false},
		{`{"object":{"args":{"a":{"any":true}},"optional":{"A":{"any":true}}}}`, false},
		{nest(4), true},
		{nest(5), false},
		{nest(25), false},
		{objects(4), true},
		{objects(5), false},
		{strings.Replace(nest(3), `{"any":true}`, objects(1), 1), true},
		{strings.Replace(nest(3), `{"any":true}`, objects(2), 1), false},
	} {
		requireAuthority(t, oneGrant("a", "**", `,"args":{"x":`+tc.constraint+`}`), tc.valid)
	}
	requireAuthority(t, oneGrant("a", "**", `,"optional":{"x":{"none":true}}`), true)
}

func TestForm(t *testing.T) {
	grant := `{"actions":["a"],"resources":["**"]}`
	key := personas.New("alice").DID().String()
	p256 := personas.NewP256("bob").DID().String()
	digest := multikey.Digest(nil)
	with := func(member string) string {
		return `{"grants":[` + grant + `],"audience":["did:web:a.com"],` + member + `}`
	}
	names := func(n int) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf(`"n%d":{"any":true}`, i)
		}
		return "{" + strings.Join(parts, ",") + "}"
	}
	many := func(n int) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = strings.Replace(grant, `"a"`, `"a`+strconv.Itoa(i)+`"`, 1)
		}
		return `{"grants":[` + strings.Join(parts, ",") + `],"audience":["**"]}`
	}
	for _, tc := range []struct {
		json  string
		valid bool
	}{
		{example, true},
		{``, false},
		{`null`, false},
		{`[]`, false},
		{`{}`, false},
		{`{"grants":[` + grant + `]}`, false},
		{`{"audience":["**"]}`, false},
		{`{"grants":[],"audience":["**"]}`, false},
		{`{"grants":null,"audience":["**"]}`, false},
		{`{"grants":[` + grant + `],"audience":[]}`, false},
		{`{"grants":[null],"audience":["**"]}`, false},
		{with(`"regions":["eu"]`), false},
		{with(`"Depth":1`), false},
		{with(`"audience":["**"]`), false},
		{with(`"x":null`), false},
		{`{"grants":[` + grant + `],"audience":["**"]} x`, false},
		{"\xef\xbb\xbf" + many(1), false},
		{many(64), true},
		{many(65), false},
		{`{"grants":[` + grant + `,` + grant + `],"audience":["**"]}`, false},
		{`{"grants":[` + grant + `,{"resources":["**"],"actions":["\u0061"]}],"audience":["**"]}`, false},
		// Grants.
		{`{"grants":[{"actions":["a"]}],"audience":["**"]}`, false},
		{`{"grants":[{"resources":["**"]}],"audience":["**"]}`, false},
		{oneGrant("a", "**", `,"closed":true`), true},
		{oneGrant("a", "**", `,"closed":false`), false},
		{oneGrant("a", "**", `,"closed":null`), false},
		{oneGrant("a", "**", `,"args":{}`), false},
		{oneGrant("a", "**", `,"args":null`), false},
		{oneGrant("a", "**", `,"args":[]`), false},
		{oneGrant("a", "**", `,"optional":{}`), false},
		{oneGrant("a", "**", `,"except":[]`), false},
		{oneGrant("a", "**", `,"except":null`), false},
		{oneGrant("a", "**", `,"why":"x"`), false},
		{oneGrant("a", "**", `,"args":`+names(64)), true},
		{oneGrant("a", "**", `,"args":`+names(65)), false},
		{`{"grants":[{"actions":["a","a"],"resources":["**"]}],"audience":["**"]}`, false},
		{`{"grants":[{"actions":["a","a/**"],"resources":["**"]}],"audience":["**"]}`, true},
		{`{"grants":[{"actions":` + list(64, "a%d") + `,"resources":["**"]}],"audience":["**"]}`, true},
		{`{"grants":[{"actions":` + list(65, "a%d") + `,"resources":["**"]}],"audience":["**"]}`, false},
		{`{"grants":[{"actions":[1],"resources":["**"]}],"audience":["**"]}`, false},
		{`{"grants":[{"actions":"a","resources":["**"]}],"audience":["**"]}`, false},
		// Except inside its own grant.
		{oneGrant("a", "https://a/b", `,"except":["https://a/b"]`), false},
		{oneGrant("a", "https://a/b/c", `,"except":["https://a/b/**"]`), false},
		{oneGrant("a", "https://a/**", `,"except":["**"]`), false},
		{oneGrant("a", "https://a/**", `,"except":["https://a/**"]`), false},
		{oneGrant("a", "https://a/**", `,"except":["https://a/b"]`), true},
		{oneGrant("a", "https://a/**", `,"except":["https://b/**"]`), true},
		{oneGrant("a", "https://*.a/**", `,"except":["https://**"]`), false},
		{oneGrant("a", "https://*.a/**", `,"except":["https://a/**"]`), true},
		// Names that fold alike: K, k and U+212A; s and U+017F; sigma has three.
		{oneGrant("a", "**", `,"args":{"k":{"any":true},"K":{"any":true}}`), false},
		{oneGrant("a", "**", `,"args":{"k":{"any":true}},"optional":{"k":{"any":true}}`), false},
		{oneGrant("a", "**", `,"args":{"k":{"any":true}},"optional":{"\u212a":{"any":true}}`), false},
		{oneGrant("a", "**", `,"args":{"paſs":{"any":true}},"optional":{"pass":{"any":true}}`), false},
		{oneGrant("a", "**", `,"args":{"ς":{"any":true},"Σ":{"any":true}}`), false},
		{oneGrant("a", "**", `,"args":{"é":{"any":true},"e":{"any":true},"É2":{"any":true},"ı":{"any":true},"i":{"any":true},"ß":{"any":true},"ss":{"any":true},"":{"any":true}}`), true},
		{oneGrant("a", "**", `,"args":{"ß":{"any":true},"ẞ":{"any":true}}`), false},
		// Audience.
		{`{"grants":[` + grant + `],"audience":["**","did:web:a"]}`, false},
		{`{"grants":[` + grant + `],"audience":["https://a/**"]}`, false},
		{`{"grants":[` + grant + `],"audience":["https://a/b"]}`, false},
		{`{"grants":[` + grant + `],"audience":["http://a"]}`, false},
		{`{"grants":[` + grant + `],"audience":["https://a:8443","did:key:zNotLookedInto","did:x:a:b:%41_-."]}`, true},
		{`{"grants":[` + grant + `],"audience":["did:web:a#k"]}`, false},
		{`{"grants":[` + grant + `],"audience":["did:web:a/b"]}`, false},
		{`{"grants":[` + grant + `],"audience":["did:web:"]}`, false},
		{`{"grants":[` + grant + `],"audience":["did:web:a:"]}`, false},
		{`{"grants":[` + grant + `],"audience":["did:Web:a"]}`, false},
		{`{"grants":[` + grant + `],"audience":["did::a"]}`, false},
		{`{"grants":[` + grant + `],"audience":["web:a"]}`, false},
		{`{"grants":[` + grant + `],"audience":["did:web:a~"]}`, false},
		{`{"grants":[` + grant + `],"audience":["did:web:%4"]}`, false},
		{`{"grants":[` + grant + `],"audience":["did:x:` + strings.Repeat("a", 2042) + `"]}`, true},
		{`{"grants":[` + grant + `],"audience":["did:x:` + strings.Repeat("a", 2043) + `"]}`, false},
		{`{"grants":[` + grant + `],"audience":["did:web:a","did:web:a"]}`, false},
		// Depth.
		{with(`"depth":0`), true},
		{with(`"depth":3`), true},
		{with(`"depth":-1`), false},
		{with(`"depth":1.0`), false},
		{with(`"depth":"1"`), false},
		{with(`"depth":null`), false},
		{with(`"depth":-0`), false},
		{with(`"depth":9007199254740992`), false},
		// Limits.
		{with(`"limits":{"a":{"unit":"u","max":0}}`), true},
		{with(`"limits":{}`), false},
		{with(`"limits":{"a":{"unit":"u"}}`), false},
		{with(`"limits":{"a":{"max":1}}`), false},
		{with(`"limits":{"a":{"unit":"u","max":-1}}`), false},
		{with(`"limits":{"a":{"unit":"u","max":1,"per":0}}`), false},
		{with(`"limits":{"a":{"unit":"u","max":1,"per":1}}`), true},
		{with(`"limits":{"a":{"unit":"u","max":1,"split":""}}`), false},
		{with(`"limits":{"a":{"unit":"u","max":1,"split":"x"}}`), false},
		{with(`"limits":{"a":{"unit":"u","max":1,"split":"audience"}}`), true},
		{with(`"limits":{"a b":{"unit":"u","max":1}}`), false},
		{with(`"limits":{"a":{"unit":"","max":1}}`), false},
		{with(`"limits":{"":{"unit":"u","max":1}}`), false},
		{with(`"limits":{"a~":{"unit":"u","max":1}}`), false},
		{with(`"limits":{"A.z_/-9":{"unit":"` + strings.Repeat("u", 64) + `","max":1}}`), true},
		{with(`"limits":{"a":{"unit":"` + strings.Repeat("u", 65) + `","max":1}}`), false},
		{with(`"limits":{"a":{"unit":"u","max":1},"A":{"unit":"u","max":1}}`), false},
		{with(`"limits":{"a":{"unit":"u","max":1e2}}`), false},
		{with(`"limits":{"a":{"unit":"u","max":1,"window":1}}`), false},
		{with(`"limits":{"a":null}`), false},
		{`{"grants":[` + grant + `],"audience":["**"],"limits":{"a":{"unit":"u","max":1,"split":"audience"}}}`, false},
		// Requires.
		{with(`"requires":{}`), false},
		{with(`"requires":null`), false},
		{with(`"requires":{"attestation":[]}`), false},
		{with(`"requires":{"attestation":["` + digest + `"]}`), true},
		{with(`"requires":{"attestation":["uEi"]}`), false},
		{with(`"requires":{"attestation":["` + digest + `="]}`), false},
		{with(`"requires":{"attestation":["` + digest + `","` + digest + `"]}`), false},
		{with(`"requires":{"approval":[]}`), false},
		{with(`"requires":{"consent":[]}`), false},
		{with(`"requires":{"approval":[{"actions":["a"],"by":["` + key + `","` + p256 + `"],"min":2}]}`), true},
		{with(`"requires":{"approval":[{"actions":["a"],"by":["` + key + `"],"min":2}]}`), false},
		{with(`"requires":{"approval":[{"actions":["a"],"by":["` + key + `"],"min":0}]}`), false},
		{with(`"requires":{"approval":[{"actions":["a"],"by":["` + key + `"]}]}`), false},
		{with(`"requires":{"approval":[{"actions":["a"],"min":1}]}`), false},
		{with(`"requires":{"approval":[{"by":["` + key + `"],"min":1}]}`), false},
		{with(`"requires":{"approval":[{"actions":["a"],"by":["did:web:a"],"min":1}]}`), false},
		{with(`"requires":{"approval":[{"actions":["a"],"by":["did:key:z6Mk"],"min":1}]}`), false},
		{with(`"requires":{"approval":[{"actions":["a"],"by":["` + key + `#k"],"min":1}]}`), false},
		{with(`"requires":{"approval":[{"actions":["a"],"by":["` + key + `","` + key + `"],"min":1}]}`), false},
		{with(`"requires":{"approval":[{"actions":["a"],"by":["` + key + `"],"min":1},{"by":["` + key + `"],"actions":["a"],"min":1}]}`), false},
		{with(`"requires":{"approval":[{"actions":["a"],"by":["` + key + `"],"min":1,"why":"x"}]}`), false},
		// Guarded, maxStatusAge.
		{with(`"guarded":{}`), true},
		{with(`"guarded":null`), false},
		{with(`"guarded":{"actions":[]}`), false},
		{with(`"guarded":{"resources":[]}`), false},
		{with(`"guarded":{"actions":["**"],"resources":["https://a"]}`), true},
		{with(`"guarded":{"args":{}}`), false},
		{with(`"maxStatusAge":1`), true},
		{with(`"maxStatusAge":0`), false},
		{with(`"maxStatusAge":-1`), false},
		{with(`"maxStatusAge":null`), false},
		{with(`"maxStatusAge":"1"`), false},
	} {
		requireAuthority(t, tc.json, tc.valid)
	}
}

func TestNormalFormIsJCS(t *testing.T) {
	a := parse(t, `{"grants":[{"resources":["urn:b","urn:a"],"actions":["a"],"optional":{"\ufb33":{"any":true},"\ud83d\ude00":{"none":true},"é\u0007\/":{"in":["é\u0007\/",-1,null,true]}},"closed":true}],
		"depth":0,"guarded":{},"audience":["**"],"limits":{"b":{"unit":"u","max":2},"B2":{"per":7,"max":1,"unit":"v"}}}`)
	require.Equal(t, `{"audience":["**"],"depth":0,"grants":[{"actions":["a"],"closed":true,"optional":{"é\u0007/":{"in":["é\u0007/",-1,null,true]},"😀":{"none":true},"`+"\ufb33"+`":{"any":true}},"resources":["urn:b","urn:a"]}],"guarded":{},"limits":{"B2":{"max":1,"per":7,"unit":"v"},"b":{"max":2,"unit":"u"}}}`, normal(t, a))
}

func TestTermsRefuseWhatJSONRefuses(t *testing.T) {
	good := func() delegation.Terms { return parse(t, example).Terms() }
	for name, spoil := range map[string]func(*delegation.Terms){
		"zero":             func(m *delegation.Terms) { *m = delegation.Terms{} },
		"empty grants":     func(m *delegation.Terms) { m.Grants = []delegation.Grant{} },
		"empty except":     func(m *delegation.Terms) { m.Grants[0].Except = []string{} },
		"empty args":       func(m *delegation.Terms) { m.Grants[0].Args = map[string]delegation.Constraint{} },
		"zero constraint":  func(m *delegation.Terms) { m.Grants[0].Args["x"] = delegation.Constraint{} },
		"each of nothing":  func(m *delegation.Terms) { m.Grants[0].Args["x"] = delegation.Each(delegation.Constraint{}, 1) },
		"negative max":     func(m *delegation.Terms) { m.Grants[0].Args["x"] = delegation.Each(delegation.Any(), -1) },
		"none in args":     func(m *delegation.Terms) { m.Grants[0].Args["x"] = delegation.None() },
		"empty in":         func(m *delegation.Terms) { m.Grants[0].Args["x"] = delegation.In[string]() },
		"range backwards":  func(m *delegation.Terms) { m.Grants[0].Args["x"] = delegation.Range(2, 1) },
		"range too far":    func(m *delegation.Terms) { m.Grants[0].Args["x"] = delegation.Range(0, 1<<53) },
		"in too far":       func(m *delegation.Terms) { m.Grants[0].Args["x"] = delegation.In(int64(1 << 53)) },
		"in not UTF-8":     func(m *delegation.Terms) { m.Grants[0].Args["x"] = delegation.In("\xff") },
		"name not UTF-8":   func(m *delegation.Terms) { m.Grants[0].Args["\xff"] = delegation.Any() },
		"under no pattern": func(m *delegation.Terms) { m.Grants[0].Args["x"] = delegation.Under("a*") },
		"object of nothing": func(m *delegation.Terms) {
			m.Grants[0].Args["x"] = delegation.Object(map[string]delegation.Constraint{}, nil, false)
		},
		"empty audience":      func(m *delegation.Terms) { m.Audience = []string{} },
		"negative depth":      func(m *delegation.Terms) { m.Depth = -1 },
		"empty limits":        func(m *delegation.Terms) { m.Limits = map[string]delegation.Limit{} },
		"negative per":        func(m *delegation.Terms) { m.Limits["x"] = delegation.Limit{Unit: "u", Per: -1} },
		"other split":         func(m *delegation.Terms) { m.Limits["x"] = delegation.Limit{Unit: "u", Split: "even"} },
		"empty requires":      func(m *delegation.Terms) { m.Requires = &delegation.Requires{} },
		"empty attestation":   func(m *delegation.Terms) { m.Requires.Attestation = []string{} },
		"empty overlay":       func(m *delegation.Terms) { m.Guarded.Actions = []string{} },
		"negative status age": func(m *delegation.Terms) { m.MaxStatusAge = -1 },
		"beyond a document": func(m *delegation.Terms) {
			m.Grants[0].Args["x"] = delegation.In(strings.Repeat("x", 256<<10))
		},
	} {
		t.Run(name, func(t *testing.T) {
			terms := good()
			spoil(&terms)
			a, err := delegation.NewAuthority(terms)
			require.ErrorIs(t, err, delegation.ErrMalformedAuthority)
			require.True(t, a.IsZero())
		})
	}
}

func TestTermsAreCopies(t *testing.T) {
	a := parse(t, example)
	before := normal(t, a)
	terms := a.Terms()
	built, err := delegation.NewAuthority(terms)
	require.NoError(t, err)
	terms.Audience[0], terms.Requires.Attestation[0], terms.Requires.Approval[0].By[0], terms.Requires.Approval[0].Actions[0] = "x", "x", "x", "x"
	terms.Grants[0].Actions[0], terms.Guarded.Actions[0] = "x", "x"
	delete(terms.Grants[0].Args, "table")
	delete(terms.Limits, "usd")
	require.Equal(t, before, normal(t, a))
	require.Equal(t, before, normal(t, built))
}
