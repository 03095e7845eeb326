package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/tsdb"
)

// engine evaluates rule groups at given moments and tells which alerts change.
type engine struct {
	groups      []*rules.Group
	last        map[*rules.Group]time.Time
	telling     sync.Mutex
	firing      map[string]bool
	told        *json.Encoder
	evaluations int
	err         error
}

// changed is an alert that starts to fire, or no longer does.
type changed struct {
	Alert       string            `json:"alert"`
	State       string            `json:"state"`
	At          int64             `json:"at"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

func newEngine(plan Plan, storage *tsdb.DB, told *json.Encoder) (*engine, error) {
	e := &engine{last: map[*rules.Group]time.Time{}, firing: map[string]bool{}, told: told}
	interval := time.Duration(plan.Interval * float64(time.Second))
	language := parser.NewParser(parser.Options{})
	queries := promql.NewEngine(promql.EngineOpts{
		Logger: promslog.NewNopLogger(), MaxSamples: 50_000_000, Timeout: 2 * time.Minute, Parser: language,
		EnableAtModifier: true, EnableNegativeOffset: true,
		NoStepSubqueryIntervalFn: func(int64) int64 { return interval.Milliseconds() },
	})
	manager := rules.NewManager(&rules.ManagerOptions{
		QueryFunc: rules.EngineQueryFunc(queries, storage), NotifyFunc: e.notified, Appendable: storage,
		Queryable: storage, ResendDelay: time.Minute, Parser: language,
		// Side by side within a group are rules that do not read one another.
		ConcurrentEvalsEnabled: true, MaxConcurrentEvals: int64(runtime.NumCPU()),
	})
	groups, faults := manager.LoadGroups(interval, labels.EmptyLabels(), "", nil, false, plan.Rules...)
	if faults != nil {
		return nil, errors.Join(faults...)
	}
	for _, group := range groups {
		e.groups = append(e.groups, group)
		for _, rule := range group.AlertingRules() {
			// There is nothing to restore; until told so, a rule writes no ALERTS.
			rule.SetRestored(true)
		}
	}
	// What is recorded comes before what reads it, every time alike: an hour's means after those of five minutes.
	slices.SortFunc(e.groups, func(a, b *rules.Group) int {
		if a.HasAlertingRules() != b.HasAlertingRules() {
			return map[bool]int{false: -1, true: 1}[a.HasAlertingRules()]
		}
		return cmp.Or(
			cmp.Compare(a.Interval(), b.Interval()),
			cmp.Compare(rules.GroupKey(a.File(), a.Name()), rules.GroupKey(b.File(), b.Name())),
		)
	})
	return e, nil
}

// evaluate runs the groups whose interval is over; a rule that fails ends everything.
func (e *engine) evaluate(at time.Time, step time.Duration) error {
	for _, group := range e.groups {
		if last, there := e.last[group]; there && at.Sub(last) < max(group.Interval(), step) {
			continue
		}
		e.last[group] = at
		group.Eval(context.Background(), at)
		for _, rule := range group.Rules() {
			if rule.Health() == rules.HealthBad {
				return fmt.Errorf("rule %s at %s: %w", rule.Name(), at.UTC(), rule.LastError())
			}
		}
		e.evaluations += len(group.Rules())
	}
	return e.err
}

// notified gets what Prometheus would send to Alertmanager.
func (e *engine) notified(_ context.Context, _ string, alerts ...*rules.Alert) {
	e.telling.Lock()
	defer e.telling.Unlock()
	for _, alert := range alerts {
		key, ended := alert.Labels.String(), !alert.ResolvedAt.IsZero()
		if e.firing[key] != ended {
			continue
		}
		e.firing[key] = !ended
		change := changed{
			Alert: alert.Labels.Get(labels.AlertName), State: "firing", At: alert.FiredAt.Unix(),
			Labels: alert.Labels.Map(), Annotations: alert.Annotations.Map(),
		}
		if ended {
			change.State, change.At = "resolved", alert.ResolvedAt.Unix()
		}
		if err := e.told.Encode(change); err != nil {
			e.err = err
		}
	}
}
