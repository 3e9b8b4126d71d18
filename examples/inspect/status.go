package main

import (
	"context"
	"fmt"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

// lists are status list credentials by URL, as they were handed over. Nothing is
// checked here, since whoever needs a list verifies it.
type lists map[string][]byte

// List implements revocation.Source.
func (l lists) List(_ context.Context, url string) ([]byte, error) {
	list, ok := l[url]
	if !ok {
		return nil, fmt.Errorf("%w: %.120q was not handed over", revocation.ErrMissing, url)
	}
	return list, nil
}

// history is a source whose lists change: first those that were seen earlier, then
// the present ones.
type history struct{ lists }

// judgeStatus accepts an encoded list that decodes and has the index.
func judgeStatus(f *fields) *result {
	list, index := f.required("encodedList"), f.required("index")
	format := revocation.Format(f.text("format"))
	switch format {
	case revocation.StatusList2021, revocation.Bitstring, revocation.TokenStatusList:
	default:
		f.fail("format is %.40q, want %s, %s or %s", string(format), revocation.StatusList2021, revocation.Bitstring, revocation.TokenStatusList)
	}
	size := f.number("size", 1, 1, 8)
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	value, err := lookUp(format, int(size), list, index)
	r := accepted(err)
	if err == nil {
		r.add("value", value)
	}
	return r
}

func lookUp(format revocation.Format, size int, list, index raw) (int, error) {
	encoded, err := subjectText("encodedList", list)
	if err != nil {
		return 0, err
	}
	text, err := subjectText("index", index)
	if err != nil {
		return 0, err
	}
	bits, err := revocation.Decode(format, size, encoded)
	if err != nil {
		return 0, err
	}
	i, err := revocation.ParseIndex(text)
	if err != nil {
		return 0, err
	}
	value, err := bits.At(i)
	return int(value), err
}

// judgeStatusList accepts a status list credential that answers for an entry.
func judgeStatusList(f *fields) *result {
	list, entry := f.required("list"), f.required("entry")
	q := question{at: f.at(), skew: f.skew()}
	staleness, prior := f.maxStaleness(), f.optional("prior")
	if issuer := f.optional("issuer"); issuer != nil {
		q.issuer = f.did("issuer", issuer)
		q.signers = []did.DID{q.issuer}
	}
	if signers, stated := f.dids("issuers"); stated {
		q.signers = signers
	}
	if q.signers == nil && !f.has("issuers") {
		f.fail("neither issuer nor issuers")
	}
	source := new(history)
	checker := newChecker(f, source, staleness)
	if err := f.end(); err != nil {
		return noCase("member", err)
	}
	e, err := parseEntry(entry)
	if err != nil {
		return accepted(err)
	}
	if prior != nil {
		source.lists = lists{e.List: content(prior)}
		q.see(checker, source.verified(q.signers), e)
	}
	source.lists = lists{e.List: content(list)}
	s, err := checker.CheckStatus(context.Background(), q.request(e, q.at))
	r := accepted(err)
	if err == nil {
		r.add("value", s.Values[0].Value)
	}
	return r
}

// parseEntry reads an entry of a credentialStatus, or the status claim that refers to
// a list of the IETF.
func parseEntry(data raw) (vc.StatusEntry, error) {
	if members, err := splitObject(data); err == nil && memberOf(members, "status_list") != nil {
		return revocation.ParseTokenEntry(data)
	}
	return vc.ParseStatusEntry(data)
}

// question is what is asked of a checker about one credential.
type question struct {
	credential string // digest
	issuer     did.DID
	signers    []did.DID
	at         time.Time
	skew       time.Duration
}

func (q *question) request(e vc.StatusEntry, now time.Time) vc.StatusRequest {
	return vc.StatusRequest{
		Credential: q.credential, Issuer: q.issuer, Entries: []vc.StatusEntry{e}, Signers: q.signers,
		Now: now, Skew: q.skew,
	}
}

// verified returns the lists that are lists of one of the signers.
func (l lists) verified(signers []did.DID) map[string]*revocation.List {
	out := make(map[string]*revocation.List)
	for url, data := range l {
		if list, err := revocation.VerifyList(context.Background(), data, signers, nil); err == nil {
			out[url] = list
		}
	}
	return out
}

// see has the checker look an entry up in a list as a verifier would have when that
// list was new, so that it remembers the list, and a revocation in it. A list that
// is not good for that was never seen, and one from the future cannot have been.
func (q *question) see(checker *revocation.Checker, prior map[string]*revocation.List, e vc.StatusEntry) {
	list := prior[e.List]
	if list == nil || list.ValidFrom().After(q.at.Add(q.skew)) {
		return
	}
	seen := list.ValidFrom()
	if seen.After(q.at) {
		seen = q.at
	}
	_, _ = checker.CheckStatus(context.Background(), q.request(e, seen))
}
