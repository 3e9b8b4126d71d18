package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/taperid/taper/revocation"
	"github.com/taperid/taper/vc"
)

const contextStatus2021 = "https://w3id.org/vc/status-list/2021/v1"

// list is a status list that the server keeps: what is set, and what is published.
type list struct {
	format    revocation.Format
	purpose   string
	bits      *revocation.Bits
	next      uint64
	of        map[string]uint64 // places, by credential id
	published map[string]string // signed, by its URL
}

// lists are all of them, by path. A real issuer has package revocation's Issuer, with a
// store and unpredictable places; the suites want lists at fixed paths, and to see
// places being given out.
type lists struct {
	server *server
	mu     sync.Mutex
	byPath map[string]*list
}

func newLists(s *server) *lists {
	l := &lists{server: s, byPath: make(map[string]*list)}
	for path, of := range map[string]list{
		"/status2021/revocation": {format: revocation.StatusList2021, purpose: revocation.Revocation},
		"/status2021/suspension": {format: revocation.StatusList2021, purpose: revocation.Suspension},
		"/status/1":              {format: revocation.Bitstring, purpose: revocation.Revocation},
	} {
		of.bits, _ = revocation.MakeBits(revocation.MinEntries, 1) // the smallest list there may be
		of.of, of.published = make(map[string]uint64), make(map[string]string)
		l.byPath[path] = &of
	}
	return l
}

func (l *lists) paths() (out []string) {
	for path := range l.byPath {
		out = append(out, path)
	}
	return out
}

// addEntry gives a credential a place in a list.
func (l *lists) addEntry(path, base string, content json.RawMessage, c *vc.Credential) (json.RawMessage, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.byPath[path]
	if of.next >= uint64(of.bits.Len()) {
		return nil, errors.New("the list is used up")
	}
	url, index := base+path, strconv.FormatUint(of.next, 10)
	if c.ID != "" {
		of.of[c.ID] = of.next
	}
	of.next++
	entry := map[string]string{
		"id": url + "#" + index, "type": string(of.format) + "Entry", "statusPurpose": of.purpose,
		"statusListIndex": index, "statusListCredential": url,
	}
	if of.format == revocation.Bitstring {
		entry["type"] = "BitstringStatusListEntry"
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(content, &members); err != nil {
		return nil, err
	}
	if of.format == revocation.StatusList2021 {
		context, err := json.Marshal(append(append([]string{}, c.Context...), contextStatus2021))
		if err != nil {
			return nil, err
		}
		members["@context"] = context
	}
	var err error
	if members["credentialStatus"], err = json.Marshal(entry); err != nil {
		return nil, err
	}
	return json.Marshal(members)
}

// setStatus answers POST /status2021/set.
func (s *server) setStatus(w http.ResponseWriter, r *http.Request) {
	var in struct {
		CredentialID     string
		CredentialStatus struct{ Type, StatusPurpose string }
		Status           *bool
	}
	if err := readBody(r, &in); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	value := uint8(1)
	if in.Status != nil && !*in.Status {
		value = 0
	}
	if err := s.lists.set(in.CredentialID, in.CredentialStatus.StatusPurpose, value); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (l *lists) set(id, purpose string, value uint8) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, of := range l.byPath {
		if index, ok := of.of[id]; ok && of.purpose == purpose {
			return of.bits.Set(index, value)
		}
	}
	return fmt.Errorf("no credential %.80q with a status of purpose %.40q", id, purpose)
}

// publishList answers POST {list}/publish: the list as it is now is what is served.
func (s *server) publishList(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimSuffix(r.URL.Path, "/publish")
	if _, err := s.lists.publish(path, s.base(r)+path); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// serveList answers GET {list}.
func (s *server) serveList(w http.ResponseWriter, r *http.Request) {
	signed, err := s.lists.get(r.URL.Path, s.base(r)+r.URL.Path)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", "application/ld+json")
	_, _ = w.Write([]byte(signed))
}

// get returns what was published last, and publishes what never was.
func (l *lists) get(path, url string) (string, error) {
	l.mu.Lock()
	signed := l.byPath[path].published[url]
	l.mu.Unlock()
	if signed != "" {
		return signed, nil
	}
	return l.publish(path, url)
}

func (l *lists) publish(path, url string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.byPath[path]
	encoded, err := of.bits.Encode(of.format)
	if err != nil {
		return "", err
	}
	signed, err := l.sign(of, url, encoded)
	if err == nil {
		of.published[url] = signed
	}
	return signed, err
}

// sign makes the list's credential: of Data Model 1.1 for StatusList2021, as the suite
// wants it.
func (l *lists) sign(of *list, url, encoded string) (string, error) {
	s := l.server
	issuer := s.profiles["bitstring"]
	claims, err := json.Marshal(map[string]string{
		"id": url + "#list", "type": strings.TrimSuffix(string(of.format), "Entry"), "statusPurpose": of.purpose, "encodedList": encoded,
	})
	if err != nil {
		return "", err
	}
	c := vc.Credential{
		ID: url, Type: []string{"VerifiableCredential", "BitstringStatusListCredential"}, Issuer: issuer.signer.DID(),
		ValidFrom: s.Now().Truncate(time.Second), Subject: []vc.Subject{{Claims: claims}},
	}
	if of.format == revocation.StatusList2021 {
		c.Context = []string{vc.ContextV1, contextStatus2021}
		c.Type[1] = "StatusList2021Credential"
	}
	return vc.Sign(c, issuer.signer, vc.SignOptions{Format: vc.EdDSARDFC, Created: s.Now(), Contexts: s.contexts})
}

// checker looks entries up in the server's own lists, and refuses those of others: an
// example dials nobody. It begins anew each time, since two lists that are published in
// one second, as the suites do, would look like one rolled back.
func (l *lists) checker() vc.StatusChecker {
	c, err := revocation.NewChecker(source{l}, revocation.Policy{MaxStaleness: 24 * time.Hour})
	if err != nil {
		return nil // which refuses every status
	}
	return c
}

type source struct{ lists *lists }

// List returns a list by its URL, as published.
func (s source) List(_ context.Context, url string) ([]byte, error) {
	s.lists.mu.Lock()
	defer s.lists.mu.Unlock()
	for _, of := range s.lists.byPath {
		if signed, ok := of.published[url]; ok {
			return []byte(signed), nil
		}
	}
	return nil, fmt.Errorf("no list %.120q here", url)
}
