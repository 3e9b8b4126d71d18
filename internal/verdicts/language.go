package verdicts

import (
	"fmt"
	"strings"

	"github.com/taperid/taper/internal/multikey"
)

// quoted writes a text as JSON.
func quoted(s string) string { return string(text(s)) }

// granted is an authority of one grant, with more in it.
func granted(action, resource, more string) string {
	return fmt.Sprintf(`{"grants":[{"actions":[%s],"resources":[%s]%s}],"audience":["**"],"depth":1}`, quoted(action), quoted(resource), more)
}

// formed is the question whether an authority is well formed.
func formed(title, authority string, well bool) Vector {
	expect := accepts(nil)
	if !well {
		expect = rejected("malformedAuthority")
	}
	return Vector{title, object{"kind": "authority", "authority": raw(authority)}, expect}
}

// brief is a text for a title.
func brief(s string) string {
	if len(s) > 60 {
		return fmt.Sprintf("%s...%s of %d bytes", s[:20], s[len(s)-12:], len(s))
	}
	return s
}

// list writes n texts made by format as a JSON array.
func list(n int, format string) string {
	parts := make([]string, n)
	for i := range parts {
		parts[i] = quoted(fmt.Sprintf(format, i))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

func actions() (out []Vector) {
	deep := strings.Repeat("a/", 15)
	for _, p := range []string{
		"a", "a/b/c", "Az09._~-/x", "...", ".a", "a/**", "a/b/**", "**", deep + "a", deep + "**", strings.Repeat("a", 256), strings.Repeat("a", 253) + "/**",
	} {
		out = append(out, formed("an action pattern: "+brief(p), granted(p, "**", ""), true))
	}
	for _, p := range []string{
		deep + "a/a", deep + "a/**", strings.Repeat("a", 257), strings.Repeat("a", 254) + "/**", "", "/a", "a/", "a//b", "/**", ".", "..", "a/../b", "a/./b",
		"*", "a/*", "a/**/b", "**/a", "a**", "a/***", "a:b", "a b", "a%20", "é", "a\x00", "a\n", "!a", "a?", "[a]", "a*b",
	} {
		out = append(out, formed("no action pattern: "+brief(p), granted(p, "**", ""), false))
	}
	return out
}

func resources() (out []Vector) {
	label := strings.Repeat("a", 63)
	host := label + "." + label + "." + label + "." + strings.Repeat("a", 61)
	for _, p := range []string{
		"https://a", "x+y-z.1://a", "https://a.b-c._d", "https://xn--bcher-kva.example", "https://" + label, "https://" + host,
		"https://127.0.0.1", "https://255.255.255.255/a", "https://1.a", "https://0x7f.a", "https://a.x0",
		"https://[::1]", "https://[::1]:8443/a", "https://[2001:db8::1]", "https://[2001:db8::1:0:0:1]",
		"https://a:1", "https://a:65535", "http://a:443", "https://a:80", "x://a:80",
		"file://", "file:///a", "file://host/a", "urn:uuid:1/a", "did:web:a.com", "did:web:a%3A3000",
		"https://a/...", "https://a/..b", "https://a/!$&'()+,=:@~", "https://a/%20", "https://a/%2A%3B%3F%23", "https://a/%C3%A9",
		"https://a/%F0%9F%98%80", "https://a/%25", "https://a/%25g0", "https://a/%252",
		"https://a" + strings.Repeat("/a", 32), "https://a" + strings.Repeat("/a", 31) + "/**", "urn:a" + strings.Repeat("/a", 31),
		"https://a/" + strings.Repeat("a", 2038), "https://a/" + strings.Repeat("a", 2035) + "/**",
		"https://**", "https://a/**", "file:///**", "file://**", "urn:a/**", "https://*.a/**", "https://*.a.b:8443/**", "file://*.a/**",
		"https://*." + host[3:] + "/**",
	} {
		out = append(out, formed("a resource pattern: "+brief(p), granted("a", p, ""), true))
	}
	for _, p := range []string{
		"HTTPS://a", "1x://a", "://a", "//a/b", "/a", "a", "", "https:", "https:/a", "mailto:a", "https://", "https:///a", "https://A", "https://a.", "https://.a",
		"https://a..b", "https://-a", "https://a-", "https://bücher.example", "https://a" + label, "https://a" + host, "https://u@a", "https://u:p@a", "https://a%2Eb",
		"https://a,b", "https://256.0.0.1", "https://127.1", "https://1", "https://127.0.0.01", "https://0x7f.0.0.1", "https://1.2.3.0x4", "https://a.0x", "https://a.1",
		"https://[2001:DB8::1]", "https://[2001:0db8::1]", "https://[0:0:0:0:0:0:0:1]", "https://[::ffff:127.0.0.1]", "https://[::ffff:7f00:1]", "https://[fe80::1%25en0]",
		"https://[::1]a", "https://[::1", "https://::1", "https://[1.2.3.4]", "https://[2001:db8:0:0:1:0:0:1]",
		"https://a:65536", "https://a:0", "https://a:080", "https://a:", "https://a:443", "http://a:80", "ws://a:80", "wss://a:443", "ftp://a:21",
		"file:///", "file://:80/a", "file:/a", "urn:", "urn:/a", "urn:..", "urn:a?=b", "tag:a", "URN:a",
		"https://a/", "https://a//b", "https://a/./b", "https://a/../b", "https://a/b/..", "https://a/b?c", "https://a/b#c", "https://a?b",
		"https://a/b;c", "https://a/b*", "https://a/b c", "https://a/é", "https://a/b\\c", "https://a/b\x00", "https://a/b|",
		"https://a/%2a", "https://a/%61", "https://a/%2D", "https://a/%2E%2E", "https://a/%2F", "https://a/%5C", "https://a/%00", "https://a/%7F", "https://a/%",
		"https://a/%G0", "https://a/%C3", "https://a/%C3/%A9", "https://a/%C0%AF", "https://a/%ED%A0%80", "https://a/%F4%90%80%80", "https://a/%252F", "https://a/%2525",
		"https://a" + strings.Repeat("/a", 33), "https://a" + strings.Repeat("/a", 32) + "/**", "urn:a" + strings.Repeat("/a", 32),
		"https://a/" + strings.Repeat("a", 2039), "https://a/" + strings.Repeat("a", 2036) + "/**",
		"urn:**", "https://*.a:443/**", "https://*.a", "https://*.a/b/**", "https://*/**", "https://*.*.a/**", "https://a.*.b/**", "https://*a/**", "https://*.1.2.3.4/**",
		"https://*.3.4/**", "https://*.[::1]/**", "https://*.A/**", "https://*." + host[2:] + "/**", "*", "https://a/*", "https://a/**/b", "https://a/b**", "//**", "https:/**", "https:///**",
	} {
		out = append(out, formed("no resource pattern: "+brief(p), granted("a", p, ""), false))
	}
	return out
}

func constraints() (out []Vector) {
	nest := func(n int) string {
		return strings.Repeat(`{"each":`, n) + `{"any":true}` + strings.Repeat(`,"max":1}`, n)
	}
	objects := func(n int) string {
		return strings.Repeat(`{"object":{"args":{"a":`, n) + `{"any":true}` + strings.Repeat(`}}}`, n)
	}
	add := func(c string, well bool) {
		title := "a constraint: "
		if !well {
			title = "no constraint: "
		}
		out = append(out, formed(title+brief(c), granted("a", "**", `,"args":{"x":`+c+`}`), well))
	}
	for _, c := range []string{
		`{"any":true}`, `{"in":[1,"1",true,false,null,""]}`, `{"in":["a","A"]}`, `{"in":[9007199254740991,-9007199254740991]}`, `{"in":` + list(256, "%d") + `}`,
		`{"range":[1,2]}`, `{"range":[2,2]}`, `{"range":[null,1]}`, `{"range":[null,null]}`, `{"under":"https://a/**"}`, `{"under":"urn:a"}`,
		`{"each":{"any":true},"max":0}`, `{"max":3,"each":{"any":true}}`, `{"object":{}}`, `{"object":{"closed":true}}`, `{"object":{"optional":{"a":{"none":true}}}}`,
		nest(4), objects(4), strings.Replace(nest(3), `{"any":true}`, objects(1), 1),
	} {
		add(c, true)
	}
	for _, c := range []string{
		`{"any":false}`, `{"any":null}`, `{"any":1}`, `{}`, `null`, `true`, `[]`, `{"none":true}`, `{"any":true,"in":[1]}`, `{"any":true,"max":1}`, `{"max":1}`, `{"glob":"a*"}`,
		`{"Any":true}`, `{"any":true,"any":true}`, `{"in":[]}`, `{"in":[1,1]}`, `{"in":["a","\u0061"]}`, `{"in":[null,null]}`, `{"in":[1.0]}`, `{"in":[1e2]}`, `{"in":[-0]}`,
		`{"in":[9007199254740992]}`, `{"in":[[]]}`, `{"in":[{}]}`, `{"in":1}`, `{"in":["\ud800"]}`, `{"in":` + list(257, "%d") + `}`,
		`{"range":[2,1]}`, `{"range":[1]}`, `{"range":[1,2,3]}`, `{"range":[1.5,2]}`, `{"range":["1",2]}`, `{"range":[0,9007199254740992]}`, `{"range":[-0,1]}`, `{"range":null}`,
		`{"under":"a*"}`, `{"under":["https://a/**"]}`, `{"under":null}`, `{"each":{"any":true}}`, `{"each":{"any":true},"max":-1}`, `{"each":{"any":true},"max":null}`, `{"each":{"none":true},"max":1}`,
		`{"each":{},"max":1}`, `{"each":{"any":true},"max":1,"any":true}`, `{"object":null}`, `{"object":{"closed":false}}`, `{"object":{"args":{}}}`, `{"object":{"optional":{}}}`,
		`{"object":{"args":{"a":{"none":true}}}}`, `{"object":{"except":[]}}`, `{"object":{"args":{"a":{"any":true}},"optional":{"A":{"any":true}}}}`, nest(5), objects(5),
		strings.Replace(nest(3), `{"any":true}`, objects(2), 1),
	} {
		add(c, false)
	}
	return out
}

func forms() (out []Vector) {
	grant := `{"actions":["a"],"resources":["**"]}`
	key, p256Key, digest := ed("alice").DID().String(), p256("bob").DID().String(), multikey.Digest(nil)
	with := func(member string) string {
		return `{"grants":[` + grant + `],"audience":["did:web:a.com"],` + member + `}`
	}
	audience := func(names string) string { return `{"grants":[` + grant + `],"audience":` + names + `}` }
	grants := func(list string) string { return `{"grants":` + list + `,"audience":["**"]}` }
	more := func(s string) string { return granted("a", "**", s) }
	many := func(n int, format string) string {
		parts := make([]string, n)
		for i := range parts {
			parts[i] = fmt.Sprintf(format, i)
		}
		return strings.Join(parts, ",")
	}
	manyGrants := func(n int) string { return grants("[" + many(n, `{"actions":["a%d"],"resources":["**"]}`) + "]") }
	names := func(n int) string { return more(`,"args":{` + many(n, `"n%d":{"any":true}`) + `}`) }
	approval := func(members string) string { return with(`"requires":{"approval":[{` + members + `}]}`) }
	one := `"actions":["a"],"by":["` + key + `"]`
	for _, c := range []struct{ title, authority string }{
		{"every member", with(`"depth":3,"limits":{"A.z_/-9":{"unit":"USD/100","max":0,"per":1,"split":"audience"}},"requires":{"attestation":["` + digest + `"],"approval":[{` + one + `,"min":1}]},"guarded":{"actions":["**"],"resources":["https://a"]},"maxStatusAge":1`)},
		{"64 grants", manyGrants(64)},
		{"64 names", names(64)},
		{"64 actions", grants(`[{"actions":` + list(64, "a%d") + `,"resources":["**"]}]`)},
		{"an action and its tree", grants(`[{"actions":["a","a/**"],"resources":["**"]}]`)},
		{"closed", more(`,"closed":true`)},
		{"a resource beside its except", granted("a", "https://a/**", `,"except":["https://a/b","https://b/**"]`)},
		{"a host tree beside the host", granted("a", "https://*.a/**", `,"except":["https://a/**"]`)},
		{"none in optional", more(`,"optional":{"x":{"none":true}}`)},
		{"names that do not fold alike", more(`,"args":{"é":{"any":true},"e":{"any":true},"ı":{"any":true},"i":{"any":true},"ß":{"any":true},"ss":{"any":true},"":{"any":true}}`)},
		{"audiences of all kinds", audience(`["https://a:8443","did:key:zNotLookedInto","did:x:a:b:%41_-."]`)},
		{"a DID of 2,048 bytes", audience(`["did:x:` + strings.Repeat("a", 2042) + `"]`)},
		{"depth 0", with(`"depth":0`)},
		{"limits that differ in case", with(`"limits":{"a":{"unit":"u","max":1},"b":{"unit":"u","max":1}}`)},
		{"a unit of 64 bytes", with(`"limits":{"a":{"unit":"` + strings.Repeat("u", 64) + `","max":1}}`)},
		{"approvers of both types of key", approval(`"actions":["a"],"by":["` + key + `","` + p256Key + `"],"min":2`)},
		{"guarded that changes nothing", with(`"guarded":{}`)},
		{"white space and escapes", strings.Replace(audience(`["did:web:a"]`), `"actions"`, ` "\u0061ctions" `, 1)},
	} {
		out = append(out, formed(c.title, c.authority, true))
	}
	for _, c := range []struct{ title, authority string }{
		{"null", `null`},
		{"an array", `[]`},
		{"an empty object", `{}`},
		{"a text", `"**"`},
		{"no audience", `{"grants":[` + grant + `]}`},
		{"no grants", `{"audience":["**"]}`},
		{"empty grants", grants(`[]`)},
		{"grants that are null", grants(`null`)},
		{"a grant that is null", grants(`[null]`)},
		{"empty audience", audience(`[]`)},
		{"a member that is not listed", with(`"regions":["eu"]`)},
		{"a member in capitals", with(`"Depth":1`)},
		{"a member twice", with(`"audience":["**"]`)},
		{"an unknown member that is null", with(`"x":null`)},
		{"65 grants", manyGrants(65)},
		{"a grant twice", grants(`[` + grant + `,` + grant + `]`)},
		{"a grant twice, written otherwise", grants(`[` + grant + `,{"resources":["**"],"actions":["\u0061"]}]`)},
		{"a grant without resources", grants(`[{"actions":["a"]}]`)},
		{"a grant without actions", grants(`[{"resources":["**"]}]`)},
		{"a grant with a member that is not listed", more(`,"why":"x"`)},
		{"closed false", more(`,"closed":false`)},
		{"closed null", more(`,"closed":null`)},
		{"empty args", more(`,"args":{}`)},
		{"args null", more(`,"args":null`)},
		{"args in an array", more(`,"args":[]`)},
		{"empty optional", more(`,"optional":{}`)},
		{"empty except", more(`,"except":[]`)},
		{"except null", more(`,"except":null`)},
		{"65 names", names(65)},
		{"an action twice", grants(`[{"actions":["a","a"],"resources":["**"]}]`)},
		{"65 actions", grants(`[{"actions":` + list(65, "a%d") + `,"resources":["**"]}]`)},
		{"an action that is a number", grants(`[{"actions":[1],"resources":["**"]}]`)},
		{"actions that are a text", grants(`[{"actions":"a","resources":["**"]}]`)},
		{"a resource that is excepted", granted("a", "https://a/b", `,"except":["https://a/b"]`)},
		{"a resource inside what is excepted", granted("a", "https://a/b/c", `,"except":["https://a/b/**"]`)},
		{"all excepted", granted("a", "https://a/**", `,"except":["**"]`)},
		{"the scheme excepted", granted("a", "https://*.a/**", `,"except":["https://**"]`)},
		{"names that fold alike: k", more(`,"args":{"k":{"any":true},"K":{"any":true}}`)},
		{"one name in both maps", more(`,"args":{"k":{"any":true}},"optional":{"k":{"any":true}}`)},
		{"names that fold alike: kelvin", more(`,"args":{"k":{"any":true}},"optional":{"\u212a":{"any":true}}`)},
		{"names that fold alike: long s", more(`,"args":{"paſs":{"any":true}},"optional":{"pass":{"any":true}}`)},
		{"names that fold alike: sigma", more(`,"args":{"ς":{"any":true},"Σ":{"any":true}}`)},
		{"names that fold alike: sharp s", more(`,"args":{"ß":{"any":true},"ẞ":{"any":true}}`)},
		{"everybody and somebody", audience(`["**","did:web:a"]`)},
		{"an audience that is a tree", audience(`["https://a/**"]`)},
		{"an audience with a path", audience(`["https://a/b"]`)},
		{"an audience over http", audience(`["http://a"]`)},
		{"an audience with a fragment", audience(`["did:web:a#k"]`)},
		{"an audience that is a DID URL", audience(`["did:web:a/b"]`)},
		{"an audience that ends in a colon", audience(`["did:web:a:"]`)},
		{"a DID method in capitals", audience(`["did:Web:a"]`)},
		{"an audience that is no DID", audience(`["web:a"]`)},
		{"a DID with a tilde", audience(`["did:web:a~"]`)},
		{"a DID with half an escape", audience(`["did:web:%4"]`)},
		{"a DID of 2,049 bytes", audience(`["did:x:` + strings.Repeat("a", 2043) + `"]`)},
		{"an audience twice", audience(`["did:web:a","did:web:a"]`)},
		{"depth -1", with(`"depth":-1`)},
		{"depth 1.0", with(`"depth":1.0`)},
		{"depth as text", with(`"depth":"1"`)},
		{"depth null", with(`"depth":null`)},
		{"depth -0", with(`"depth":-0`)},
		{"depth 2^53", with(`"depth":9007199254740992`)},
		{"empty limits", with(`"limits":{}`)},
		{"a limit without max", with(`"limits":{"a":{"unit":"u"}}`)},
		{"a limit without unit", with(`"limits":{"a":{"max":1}}`)},
		{"a limit below 0", with(`"limits":{"a":{"unit":"u","max":-1}}`)},
		{"a window of 0 s", with(`"limits":{"a":{"unit":"u","max":1,"per":0}}`)},
		{"an empty split", with(`"limits":{"a":{"unit":"u","max":1,"split":""}}`)},
		{"another split", with(`"limits":{"a":{"unit":"u","max":1,"split":"even"}}`)},
		{"the name of a limit with a space", with(`"limits":{"a b":{"unit":"u","max":1}}`)},
		{"a limit without name", with(`"limits":{"":{"unit":"u","max":1}}`)},
		{"an empty unit", with(`"limits":{"a":{"unit":"","max":1}}`)},
		{"a unit of 65 bytes", with(`"limits":{"a":{"unit":"` + strings.Repeat("u", 65) + `","max":1}}`)},
		{"limits that fold alike", with(`"limits":{"a":{"unit":"u","max":1},"A":{"unit":"u","max":1}}`)},
		{"a limit with an exponent", with(`"limits":{"a":{"unit":"u","max":1e2}}`)},
		{"a limit with more", with(`"limits":{"a":{"unit":"u","max":1,"window":1}}`)},
		{"a limit that is null", with(`"limits":{"a":null}`)},
		{"split for everybody", `{"grants":[` + grant + `],"audience":["**"],"limits":{"a":{"unit":"u","max":1,"split":"audience"}}}`},
		{"empty requires", with(`"requires":{}`)},
		{"requires null", with(`"requires":null`)},
		{"empty attestation", with(`"requires":{"attestation":[]}`)},
		{"attestation that is no digest", with(`"requires":{"attestation":["uEi"]}`)},
		{"attestation with padding", with(`"requires":{"attestation":["` + digest + `="]}`)},
		{"attestation twice", with(`"requires":{"attestation":["` + digest + `","` + digest + `"]}`)},
		{"empty approval", with(`"requires":{"approval":[]}`)},
		{"requires something else", with(`"requires":{"consent":[]}`)},
		{"more than all approvers", approval(one + `,"min":2`)},
		{"min 0", approval(one + `,"min":0`)},
		{"no min", approval(one)},
		{"no approvers", approval(`"actions":["a"],"min":1`)},
		{"an approval of no actions", approval(`"by":["` + key + `"],"min":1`)},
		{"an approver that is a did:web", approval(`"actions":["a"],"by":["did:web:a"],"min":1`)},
		{"an approver that is no key", approval(`"actions":["a"],"by":["did:key:z6Mk"],"min":1`)},
		{"an approver with a fragment", approval(`"actions":["a"],"by":["` + key + `#k"],"min":1`)},
		{"an approver twice", approval(`"actions":["a"],"by":["` + key + `","` + key + `"],"min":1`)},
		{"an approval with more", approval(one + `,"min":1,"why":"x"`)},
		{"guarded null", with(`"guarded":null`)},
		{"guarded of no actions", with(`"guarded":{"actions":[]}`)},
		{"guarded of no resources", with(`"guarded":{"resources":[]}`)},
		{"guarded arguments", with(`"guarded":{"args":{}}`)},
		{"maxStatusAge 0", with(`"maxStatusAge":0`)},
		{"maxStatusAge -1", with(`"maxStatusAge":-1`)},
		{"maxStatusAge null", with(`"maxStatusAge":null`)},
		{"maxStatusAge as text", with(`"maxStatusAge":"1"`)},
	} {
		out = append(out, formed(c.title, c.authority, false))
	}
	return out
}
