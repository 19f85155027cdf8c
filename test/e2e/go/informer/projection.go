package main

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// projection is what every MetalLB release together reads of a Node (the preset "metallb", R14),
// taken from the decoded object: the oracle that shares no code with the proxy.
type projection struct {
	Labels             map[string]string `json:"labels"`
	NetworkUnavailable string            `json:"networkUnavailable"`
	Unschedulable      bool              `json:"unschedulable"`
	InternalIPs        []string          `json:"internalIPs"`
}

func project(n *corev1.Node) projection {
	p := projection{Labels: n.Labels, Unschedulable: n.Spec.Unschedulable, InternalIPs: []string{}}
	for _, c := range n.Status.Conditions {
		if c.Type == corev1.NodeNetworkUnavailable {
			p.NetworkUnavailable = string(c.Status)
			break // The first one counts: the API server accepts duplicates.
		}
	}
	for _, a := range n.Status.Addresses {
		if a.Type == corev1.NodeInternalIP {
			p.InternalIPs = append(p.InternalIPs, a.Address)
		}
	}
	return p
}

func (p projection) equal(q projection) bool {
	return maps.Equal(p.Labels, q.Labels) && p.NetworkUnavailable == q.NetworkUnavailable &&
		p.Unschedulable == q.Unschedulable && slices.Equal(p.InternalIPs, q.InternalIPs)
}
