package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/audit/tiles"
	"github.com/taperid/taper/did"
)

// demoOrigin is the log of the demonstration. Its keys are made from names, so that
// every run tells the same story: never use them for anything real.
const demoOrigin = "demo.example/agents"

// demo is a fleet at work: its log, its clock and who is in it.
type demo struct {
	log    *audit.Log
	now    time.Time
	people map[string]*person
	err    error   // the first
	lost   did.DID // whose entries the operator drops now
}

// person is a key with the recorder that writes with it.
type person struct {
	name   string
	signer *did.Signer
	chain  *audit.Chain
	rec    *audit.Recorder
	given  audit.Hash // its parent's delegate entry
	last   *audit.Signed
}

// Append is the way into the log, on which the operator may drop an entry.
func (d *demo) Append(ctx context.Context, s *audit.Signed) (audit.Pending, error) {
	if s.Entry().Agent == d.lost && !d.lost.IsZero() {
		return dropped{}, nil
	}
	return d.log.Append(ctx, s)
}

// dropped is what an operator answers who takes an entry and drops it.
type dropped struct{}

func (dropped) Index() uint64 { return 0 }

func (dropped) Durable() bool { return false }

func (dropped) Receipt(context.Context) (*audit.Receipt, error) { return nil, audit.ErrUnpublished }

// openDemo makes the log and, if asked, keeps it.
func (o *options) openDemo(ctx context.Context) (*source, error) {
	skey, vkey, err := audit.NewLogKey(demoOrigin)
	if err != nil {
		return nil, err
	}
	log, err := audit.NewLog(demoOrigin, skey)
	if err != nil {
		return nil, err
	}
	d := &demo{log: log, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), people: make(map[string]*person)}
	anchor := d.tell(ctx)
	if d.err != nil {
		return nil, d.err
	}
	src := &source{
		where: "a log made by -demo", known: true, log: log, anchor: anchor, names: make(map[did.DID]string),
		policy: log.Policy().WithVerifiers(d.who("gateway").signer.DID(), d.who("payments-gateway").signer.DID()),
		close:  func() error { return nil },
	}
	for _, p := range d.people {
		src.names[p.signer.DID()] = p.name
	}
	if o.keep != "" {
		return src, d.export(ctx, src, o.keep, vkey)
	}
	return src, nil
}

// export writes what an auditor has: the log, its key, the anchor and the names.
func (d *demo) export(ctx context.Context, src *source, folder, vkey string) error {
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	if _, err := tiles.Export(ctx, src.log, src.policy, filepath.Join(folder, "log")); err != nil {
		return err
	}
	var names, verifiers []string
	for _, p := range d.people {
		names = append(names, p.signer.DID().String()+" "+p.name+"\n")
		if strings.HasSuffix(p.name, "gateway") {
			verifiers = append(verifiers, p.signer.DID().String()+"\n")
		}
	}
	sort.Strings(names)
	sort.Strings(verifiers)
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "vkey"), []byte(vkey+"\n"), 0o600),
		os.WriteFile(filepath.Join(folder, "anchor"), src.anchor.Bytes(), 0o600),
		os.WriteFile(filepath.Join(folder, "names"), []byte(strings.Join(names, "")), 0o600),
		os.WriteFile(filepath.Join(folder, "verifiers"), []byte(strings.Join(verifiers, "")), 0o600),
	)
}

// who returns a person, made of the name at the first call.
func (d *demo) who(name string) *person {
	if p := d.people[name]; p != nil {
		return p
	}
	seed := sha256.Sum256([]byte("taper auditor demo " + name))
	signer, err := did.NewSignerFromSeed(did.Ed25519, seed[:])
	p := &person{name: name, signer: signer}
	d.people[name] = p
	d.fail(err)
	if err != nil {
		return p
	}
	role := audit.RoleAgent
	if strings.HasSuffix(name, "gateway") {
		role = audit.RoleVerifier
	}
	p.rec, err = audit.NewRecorder(signer, d, audit.RecorderOptions{Role: role, Now: func() time.Time { return d.now }})
	d.fail(err)
	return p
}

func (d *demo) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// write records an entry of a person, a few seconds after the one before.
func (d *demo) write(ctx context.Context, name string, e audit.Entry) audit.Hash {
	p := d.who(name)
	d.now = d.now.Add(7 * time.Second)
	if d.err != nil {
		return audit.Hash{}
	}
	rec, err := p.rec.Record(ctx, e)
	d.fail(err)
	if err != nil {
		return audit.Hash{}
	}
	p.last = rec.Signed()
	return rec.Hash()
}

// publish publishes the log, and every writer sees it.
func (d *demo) publish(ctx context.Context) *audit.Checkpoint {
	c, err := d.log.Publish(ctx)
	d.fail(err)
	if err == nil {
		for _, p := range d.people {
			p.rec.Seen(c)
		}
	}
	return c
}

// digest makes a digest of the demonstration's own content; the salt is no secret.
func (d *demo) digest(domain audit.Domain, text string) string {
	out, err := audit.Salted([]byte("demo, no secret!"), domain, []byte(text))
	d.fail(err)
	return out
}

// link makes the chain of a sub-agent, or of the first agent of a principal.
func (d *demo) link(above *audit.Chain, from, to string) *audit.Chain {
	digest := d.digest(audit.DomainArgs, from+">"+to)
	c := &audit.Chain{Digest: digest}
	if above != nil {
		c.Links = append(c.Links, above.Links...)
	}
	c.Links = append(c.Links, audit.Link{
		ID: "urn:demo:" + to, Digest: digest, Issuer: d.who(from).signer.DID(), Subject: d.who(to).signer.DID(),
	})
	return c
}
