package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// says is what a document says of itself. Nobody vouches for it: a report shows it so
// that a refused document can be told from another, and for nothing else.
type says struct {
	typ             string   // of a token's header
	alg, kid        string   // of a token's header
	types           []string // of the content
	id              string
	issuer, subject string
	from, until     string
	digest          string // of a token's bytes
	holder          string
	lists           []string // status entries, in words
	claim           string   // vc or vp, where a token has its content in one
	payload         []member // of a token
}

// readSays reads a document as far as it can be read.
func readSays(data []byte) (s says) {
	data = bytes.TrimSpace(data)
	if members, err := splitObject(data); err == nil {
		s.readContent(members)
		if token, ok := enveloped(members, s.types); ok {
			inner := readSays([]byte(token))
			inner.types = append(inner.types, s.types...)
			return inner
		}
		return s
	}
	token, _, _ := strings.Cut(string(data), "~") // of an SD-JWT, what its issuer signed
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return s
	}
	header, payload := segment(parts[0]), segment(parts[1])
	s.typ, s.alg, s.kid = stringOf(header, "typ"), stringOf(header, "alg"), stringOf(header, "kid")
	s.payload, s.digest = payload, digest(data)
	for _, claim := range []string{"vc", "vp"} {
		if inner, err := splitObject(memberOf(payload, claim)); err == nil {
			s.claim = claim
			s.readContent(inner)
		}
	}
	if s.claim == "" {
		s.readContent(payload)
	}
	s.readClaims(payload)
	return s
}

// segment decodes a part of a token that is JSON.
func segment(part string) []member {
	data, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return nil
	}
	members, _ := splitObject(data)
	return members
}

// enveloped returns the token in an enveloped credential or presentation.
func enveloped(members []member, types []string) (string, bool) {
	if len(types) != 1 || !strings.HasPrefix(types[0], "EnvelopedVerifiable") {
		return "", false
	}
	_, token, ok := strings.Cut(stringOf(members, "id"), ",")
	return token, ok && !strings.HasPrefix(token, "{")
}

// readContent reads a credential or a presentation.
func (s *says) readContent(members []member) {
	s.types = stringsOf(memberOf(members, "type"))
	s.id = stringOf(members, "id")
	s.issuer = idOf(memberOf(members, "issuer"))
	s.holder = idOf(memberOf(members, "holder"))
	s.subject = idOf(first(memberOf(members, "credentialSubject")))
	s.from = firstOf(members, "validFrom", "issuanceDate")
	s.until = firstOf(members, "validUntil", "expirationDate")
	for _, e := range each(memberOf(members, "credentialStatus")) {
		entry, _ := splitObject(e)
		s.lists = append(s.lists, stringOf(entry, "statusPurpose")+" #"+stringOf(entry, "statusListIndex")+" of "+stringOf(entry, "statusListCredential"))
	}
}

// readClaims fills what the content leaves out from the claims of a token.
func (s *says) readClaims(payload []member) {
	fill := func(to *string, value string) {
		if *to == "" {
			*to = value
		}
	}
	if s.claim == "vp" {
		fill(&s.holder, stringOf(payload, "iss"))
	} else {
		fill(&s.issuer, stringOf(payload, "iss"))
	}
	fill(&s.subject, stringOf(payload, "sub"))
	fill(&s.id, stringOf(payload, "jti"))
	fill(&s.from, timeOf(memberOf(payload, "nbf")))
	fill(&s.until, timeOf(memberOf(payload, "exp")))
}

func timeOf(value raw) string {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return ""
	}
	return time.Unix(n, 0).UTC().Format(time.RFC3339)
}

// digest is the multibase SHA-256 multihash of bytes, as every digest here is
// written.
func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "u" + base64.RawURLEncoding.EncodeToString(append([]byte{0x12, 0x20}, sum[:]...))
}

func stringOf(members []member, name string) string {
	s, _ := text(memberOf(members, name))
	return s
}

// firstOf returns the first of the named members that is a string.
func firstOf(members []member, names ...string) string {
	for _, name := range names {
		if s := stringOf(members, name); s != "" {
			return s
		}
	}
	return ""
}

// idOf returns what a value names: itself, or the id of an object.
func idOf(value raw) string {
	if s, ok := text(value); ok {
		return s
	}
	members, _ := splitObject(value)
	return stringOf(members, "id")
}

// each returns the elements of an array, or the one value that is no array.
func each(value raw) []raw {
	if elements, err := splitArray(value); err == nil {
		return elements
	}
	if value == nil {
		return nil
	}
	return []raw{value}
}

func first(value raw) raw {
	if all := each(value); len(all) > 0 {
		return all[0]
	}
	return nil
}

func stringsOf(value raw) (out []string) {
	for _, e := range each(value) {
		if s, ok := text(e); ok {
			out = append(out, s)
		}
	}
	return out
}
