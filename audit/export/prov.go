package export

import (
	"fmt"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/did"
)

// prov is a PROV-JSON document: records of each kind, by their names.
type prov map[string]map[string]any

func (p prov) add(kind, id string, record map[string]any) {
	if p[kind] == nil {
		p[kind] = make(map[string]any)
	}
	if _, ok := p[kind][id]; !ok {
		p[kind][id] = record
	}
}

// relate adds a relation, which has no name of its own.
func (p prov) relate(kind string, record map[string]any) {
	p.add(kind, fmt.Sprintf("_:%s%d", kind, len(p[kind])), record)
}

func (p prov) agent(d did.DID) string {
	id := "agent:" + d.String()
	p.add("agent", id, map[string]any{"prov:type": "prov:SoftwareAgent", "taper:did": d.String()})
	return id
}

// entity adds what a digest is of.
func (p prov) entity(digest, what string) string {
	id := "digest:" + digest
	p.add("entity", id, map[string]any{"prov:type": "taper:" + what})
	return id
}

// PROV returns what a trail says as a W3C PROV document in PROV-JSON: agents and on
// whose behalf they acted, actions and who did them, under which chain, with which
// input and output.
func PROV(items []audit.Item) ([]byte, error) {
	p := prov{"prefix": {
		"agent": "https://w3id.org/taper/agent/", "digest": "https://w3id.org/taper/digest/",
		"entry": "https://w3id.org/taper/entry/", "taper": "https://w3id.org/taper/v1#",
	}}
	began := make(map[audit.Hash]string) // activities, by the leaf hash of their intents
	for _, i := range items {
		e, err := read(i.Signed)
		if err != nil {
			return nil, err
		}
		agent := p.agent(e.Agent)
		switch e.Type {
		case audit.TaskOpen, audit.Delegate:
			p.chain(e.Chain)
		case audit.ActionIntent:
			began[i.Signed.Hash()] = p.intent(&e, i.Signed.Hash(), agent)
		case audit.ActionResult:
			if id, ok := began[e.Intent]; ok {
				p.result(&e, id)
			}
		}
	}
	out := make(map[string]any, len(p))
	for kind, records := range p {
		out[kind] = records
	}
	return write(out)
}

// chain says for each link that its holder acts on behalf of its issuer.
func (p prov) chain(c *audit.Chain) {
	if c == nil {
		return
	}
	for _, l := range c.Links {
		link := p.entity(l.Digest, "AgentTaskCredential")
		issuer, holder := p.agent(l.Issuer), p.agent(l.Subject)
		id := "_:behalf:" + l.Digest
		p.add("actedOnBehalfOf", id, map[string]any{"prov:delegate": holder, "prov:responsible": issuer, "taper:link": link})
		p.add("wasAttributedTo", "_:attributed:"+l.Digest, map[string]any{"prov:entity": link, "prov:agent": issuer})
	}
}

func (p prov) intent(e *audit.Entry, hash audit.Hash, agent string) string {
	id := "entry:" + hash.String()
	p.add("activity", id, map[string]any{
		"prov:startTime": e.Time.UTC().Format("2006-01-02T15:04:05Z"), "taper:action": e.Action, "taper:task": e.Task,
	})
	p.relate("wasAssociatedWith", map[string]any{"prov:activity": id, "prov:agent": agent})
	inputs := []struct{ digest, what string }{{e.Args, "Arguments"}, {e.Input, "Input"}}
	if e.Resource != nil {
		inputs = append(inputs, struct{ digest, what string }{e.Resource.Digest, "Resource"})
	}
	for _, in := range inputs {
		if in.digest != "" {
			p.relate("used", map[string]any{"prov:activity": id, "prov:entity": p.entity(in.digest, in.what)})
		}
	}
	return id
}

func (p prov) result(e *audit.Entry, id string) {
	if activity, ok := p["activity"][id].(map[string]any); ok {
		activity["prov:endTime"] = e.Time.UTC().Format("2006-01-02T15:04:05Z")
		activity["taper:outcome"] = string(e.Outcome)
	}
	if e.Output != "" {
		p.relate("wasGeneratedBy", map[string]any{"prov:entity": p.entity(e.Output, "Output"), "prov:activity": id})
	}
}
