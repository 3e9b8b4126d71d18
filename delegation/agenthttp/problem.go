package agenthttp

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/taperid/taper/delegation"
)

// problem is a refusal as RFC 9457 has problems.
type problem struct {
	Type    string              `json:"type"`
	Title   string              `json:"title"`
	Status  int                 `json:"status"`
	Refusal *delegation.Refusal `json:"refusal"`
}

// problemType is the type of a problem, which the number of a rule follows.
const problemType = "https://w3id.org/taper/v1#rule-"

// answerStranger gives the one answer that everybody gets who has not proved to be
// an agent of this verifier's roots. It differs only where a chain is named that
// is not kept for who signs, which whoever asks knows.
func (g *Guard) answerStranger(w http.ResponseWriter, unknown bool) {
	answer := scheme
	if unknown {
		answer = needChain
		g.counts.unknown.Add(1)
	} else {
		g.counts.strangers.Add(1)
	}
	h := w.Header()
	h.Set(headerAnswer, answer)
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", "0")
	w.WriteHeader(http.StatusUnauthorized)
}

// refuse tells an agent why it was refused, and a stranger nothing.
func (g *Guard) refuse(w http.ResponseWriter, p *delegation.Presented, err error) {
	var r *delegation.Refusal
	if !errors.As(err, &r) || !r.Proven() {
		g.answerStranger(w, errors.Is(err, delegation.ErrUnknownChain))
		return
	}
	g.counts.refused.Add(1)
	out := problem{
		Type: problemType + strconv.Itoa(int(r.Rule)), Title: strings.TrimPrefix(r.Rule.Error(), "delegation: "),
		Status: statusOf(r), Refusal: r,
	}
	body, err := json.Marshal(out)
	if err != nil {
		body = nil
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	if out.Status == http.StatusUnauthorized {
		h.Set(headerAnswer, scheme)
	}
	if receipt, ok := p.Receipt(r, g.options.Now()); ok {
		hash := delegation.NewResultHash(p.Invocation().Salt)
		_, _ = hash.Write(body)
		receipt.Result = hash.Digest()
		g.sign(h, headerReceipt, receipt)
	}
	w.WriteHeader(out.Status)
	_, _ = w.Write(body)
}

// statusOf is the status code of a refusal.
func statusOf(r *delegation.Refusal) int {
	switch {
	case errors.Is(r, errTooLarge):
		return http.StatusRequestEntityTooLarge
	case r.Rule == delegation.ErrInvocation:
		return http.StatusUnauthorized // invoke again
	case r.Rule == delegation.ErrMismatch:
		return http.StatusBadRequest
	case r.Rule == delegation.ErrBudget:
		return http.StatusTooManyRequests
	}
	return http.StatusForbidden
}

// sign puts a receipt into a header, if there is a signer.
func (g *Guard) sign(h http.Header, name string, r delegation.Receipt) {
	if g.options.Signer == nil {
		return
	}
	if receipt, err := delegation.SignReceipt(g.options.Signer, r); err == nil {
		h.Set(name, receipt)
	}
}
