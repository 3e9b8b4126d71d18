package main

import (
	"encoding/base64"
	"encoding/json"
	"strings"

	"github.com/taperid/taper/did"
)

// alter makes copies of a credential that nobody may accept, by what was done to
// each.
func alter(good string, s, mallory *did.Signer) map[string]string {
	if strings.HasPrefix(good, "{") {
		return alterDocument(good)
	}
	return alterToken(good, s, mallory)
}

// alterToken alters a compact JWS.
func alterToken(good string, s, mallory *did.Signer) map[string]string {
	parts := strings.Split(good, ".")
	header, payload := decode64(parts[0]), decode64(parts[1])
	forged := encode64(strings.ReplaceAll(header, s.Method(), mallory.Method())) + "." + parts[1]
	sig, err := mallory.Sign([]byte(forged))
	if err != nil {
		panic(err)
	}
	none := strings.Replace(header, `"alg":"`+s.Key().Algorithm()+`"`, `"alg":"none"`, 1)
	return map[string]string{
		"claim":     parts[0] + "." + encode64(strings.Replace(payload, subject, "did:example:mallory", 1)) + "." + parts[2],
		"signature": parts[0] + "." + parts[1] + "." + flip(parts[2]),
		"issuer":    forged + "." + encode64(string(sig)), // signed by another, with its kid
		"alg none":  encode64(none) + "." + parts[1] + ".",
	}
}

// alterSDJWT alters the parts of an SD-JWT with a key binding JWT.
func alterSDJWT(good string, s, mallory *did.Signer) map[string]string {
	parts := strings.Split(good, "~")
	last := len(parts) - 1
	put := func(i int, text string) string {
		copied := append([]string(nil), parts...)
		copied[i] = text
		return strings.Join(copied, "~")
	}
	out := map[string]string{
		"binding stripped":  put(last, ""),
		"binding signature": put(last, parts[last][:strings.LastIndex(parts[last], ".")+1]+flip(parts[last][strings.LastIndex(parts[last], ".")+1:])),
		"disclosure":        put(1, encode64(strings.Replace(decode64(parts[1]), "Carol", "Mallory", 1))),
		"disclosure more":   put(1, parts[1]+"~"+encode64(`["c2FsdA","admin",true]`)),
		"disclosure less":   strings.Replace(good, "~"+parts[1], "", 1),
	}
	for what, jws := range alterToken(parts[0], s, mallory) {
		if what == "claim" {
			segments := strings.Split(parts[0], ".")
			jws = segments[0] + "." + encode64(strings.Replace(decode64(segments[1]), vct, vct+"/admin", 1)) + "." + segments[2]
		}
		out[what] = put(0, jws)
	}
	return out
}

// alterDocument alters a document with a proof.
func alterDocument(good string) map[string]string {
	return map[string]string{
		"claim":     strings.Replace(good, subject, "did:example:mallory", 1),
		"signature": editProof(good, flipProof),
		"purpose":   editProof(good, func(p map[string]any) { p["proofPurpose"] = "authentication" }),
		"created":   editProof(good, func(p map[string]any) { p["created"] = "2024-01-02T00:00:00Z" }),
		"no proof":  edit(good, func(d map[string]any) { delete(d, "proof") }),
	}
}

// alterPresentation alters a presentation of either form.
func alterPresentation(good string) map[string]string {
	if !strings.HasPrefix(good, "{") {
		parts := strings.Split(good, ".")
		return map[string]string{
			"claim":     parts[0] + "." + encode64(strings.Replace(decode64(parts[1]), "vc+jwt,", "vc+jwt,A", 1)) + "." + parts[2],
			"signature": parts[0] + "." + parts[1] + "." + flip(parts[2]),
		}
	}
	return map[string]string{
		"claim":     strings.Replace(good, subject, "did:example:mallory", 1),
		"signature": editProof(good, flipProof),
		"no proof":  edit(good, func(d map[string]any) { delete(d, "proof") }),
	}
}

func edit(document string, change func(map[string]any)) string {
	var d map[string]any
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		panic(err)
	}
	change(d)
	out, err := json.Marshal(d)
	if err != nil {
		panic(err)
	}
	return string(out)
}

func flipProof(p map[string]any) {
	if value, ok := p["proofValue"].(string); ok {
		p["proofValue"] = "z" + flip(value[1:])
	}
}

// editProof changes the outer proof.
func editProof(document string, change func(map[string]any)) string {
	return edit(document, func(d map[string]any) {
		if p, ok := d["proof"].(map[string]any); ok {
			change(p)
		}
	})
}

// flip changes one character in the middle of a signature, for another that both
// base64url and base58 have.
func flip(s string) string {
	i, c := len(s)/2, byte('A')
	if s[i] == c {
		c = 'B'
	}
	return s[:i] + string(c) + s[i+1:]
}

func encode64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func decode64(s string) string {
	data, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return string(data)
}
