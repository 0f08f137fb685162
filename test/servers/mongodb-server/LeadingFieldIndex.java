package de.bwaldvogel.mongo.backend;

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.bson.Document;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds documents by equality of an index's first field, so that specs over thousands of rows stay quick: the server has
 * unique indexes only. Kept in memory and filled again at every start; the server tests what it finds against the whole filter.
 */
public final class LeadingFieldIndex extends Index<Object> {
    private final String field;
    private final Map<Object, Set<Object>> positions = new HashMap<>();

    public LeadingFieldIndex(String name, List<IndexKey> keys) {
        super(name, keys, true);
        this.field = keys.get(0).getKey();
    }

    private Collection<?> valuesOf(Document document) {
        Object value = Utils.getSubdocumentValue(document, field);
        return value instanceof Collection ? (Collection<?>) value : Collections.singletonList(value);
    }

    /** Unlike a unique index, it knows no single position. */
    @Override
    public Object getPosition(Document document) {
        return null;
    }

    @Override
    public void checkAdd(Document document, MongoCollection<Object> collection) {
        // Nothing is refused.
    }

    @Override
    public void add(Document document, Object position, MongoCollection<Object> collection) {
        for (Object value : valuesOf(document)) {
            positions.computeIfAbsent(Utils.normalizeValue(value), entry -> new LinkedHashSet<>()).add(position);
        }
    }

    @Override
    public Object remove(Document document) {
        for (Object value : valuesOf(document)) {
            positions.computeIfPresent(Utils.normalizeValue(value), (entry, found) -> {
                found.remove(document.get("_id"));
                return found.isEmpty() ? null : found;
            });
        }
        return null;
    }

    @Override
    public void checkUpdate(Document before, Document after, MongoCollection<Object> collection) {
        // Nothing is refused.
    }

    @Override
    public void updateInPlace(Document before, Document after, Object position, MongoCollection<Object> collection) {
        remove(before);
        add(after, position, collection);
    }

    @Override
    public boolean canHandle(Document query) {
        if (!query.containsKey(field)) {
            return false;
        }
        Object value = query.get(field);
        if (value instanceof Document && ((Document) value).keySet().equals(Set.of("$in"))) {
            return ((Collection<?>) ((Document) value).get("$in")).stream().allMatch(LeadingFieldIndex::isPlain);
        }
        return isPlain(value);
    }

    private static boolean isPlain(Object value) {
        return value == null || value instanceof String || value instanceof Number;
    }

    @Override
    public Iterable<Object> getPositions(Document query) {
        Object value = query.get(field);
        Collection<?> asked = value instanceof Document
            ? (Collection<?>) ((Document) value).get("$in")
            : Collections.singletonList(value);
        Set<Object> found = new LinkedHashSet<>();
        for (Object each : asked) {
            found.addAll(positions.getOrDefault(Utils.normalizeValue(each), Set.of()));
        }
        return found;
    }

    @Override
    public long getCount() {
        return positions.size();
    }

    @Override
    public long getDataSize() {
        return 0;
    }

    @Override
    public void drop() {
        positions.clear();
    }
}
