"""The network lab: a store's guests' network of real parts, in network namespaces of this machine.

spaces.py makes and removes namespaces, wires.py joins them into a town (internet, store, guests), internet.py
is the world outside, phones.py a guest's phone, pages.py how a person reads a page there, store.py the
store's own processes, crowd.py many phones at once and joining.py how they join. Root is needed; nothing of
it is left, no link ends outside.
"""
