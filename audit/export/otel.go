package export

import (
	"strconv"

	"github.com/taperid/taper/audit"
)

// Attribute is an attribute of an OpenTelemetry span or log record. All are strings.
type Attribute struct{ Key, Value string }

// operations are the values of gen_ai.operation.name.
var operations = map[audit.Type]string{
	audit.TaskOpen: "invoke_agent", audit.TaskClose: "invoke_agent", audit.Delegate: "create_agent",
	audit.ActionIntent: "execute_tool", audit.Decided: "execute_tool", audit.ActionResult: "execute_tool",
	audit.StatusSeen: "invoke_agent",
}

// otelFields follow the semantic conventions for generative AI, version 1.41, which are
// in development; what they have no name for is below taper.
var otelFields = []field{
	{"gen_ai.operation.name", func(e *audit.Entry) string { return operations[e.Type] }},
	{"gen_ai.provider.name", func(e *audit.Entry) string {
		if p := model(e, func(m *audit.Model) string { return m.Provider }); p != "" {
			return p
		}
		return "taper" // required, and the trail does not always say whose model acts
	}},
	{"gen_ai.agent.id", func(e *audit.Entry) string { return e.Agent.String() }},
	{"gen_ai.conversation.id", func(e *audit.Entry) string { return e.Task }},
	{"gen_ai.request.model", func(e *audit.Entry) string { return model(e, func(m *audit.Model) string { return m.Name }) }},
	{"gen_ai.tool.name", tool},
	{"gen_ai.tool.call.id", func(e *audit.Entry) string { return e.Invocation }},
	{"error.type", failure},
	{"taper.entry.id", func(e *audit.Entry) string { return e.ID }},
	{"taper.entry.type", func(e *audit.Entry) string { return string(e.Type) }},
	{"taper.entry.seq", func(e *audit.Entry) string { return strconv.FormatUint(e.Seq, 10) }},
	{"taper.role", func(e *audit.Entry) string { return string(e.Role) }},
	{"taper.chain", chainDigest},
	{"taper.decision.effect", func(e *audit.Entry) string {
		return decision(e, func(d *audit.Decision) string { return string(d.Effect) })
	}},
	{"taper.decision.rule", func(e *audit.Entry) string {
		return decision(e, func(d *audit.Decision) string {
			if d.Rule == 0 {
				return ""
			}
			return strconv.Itoa(d.Rule)
		})
	}},
	{"taper.decision.dimension", func(e *audit.Entry) string {
		return decision(e, func(d *audit.Decision) string { return d.Dimension })
	}},
	{"taper.mode", func(e *audit.Entry) string { return decision(e, func(d *audit.Decision) string { return d.Mode }) }},
}

func chainDigest(e *audit.Entry) string {
	if e.Chain == nil {
		return e.Cap
	}
	return e.Chain.Digest
}

// Attributes returns an entry as attributes of OpenTelemetry, in a fixed order. The
// span that they belong to is the entry's trace ([audit.Entry].Trace).
func Attributes(s *audit.Signed) ([]Attribute, error) {
	e, err := read(s)
	if err != nil {
		return nil, err
	}
	var out []Attribute
	for _, f := range otelFields {
		if v := f.of(&e); v != "" {
			out = append(out, Attribute{f.name, v})
		}
	}
	return out, nil
}
