internal import CTurboJPEG

/// A frame as JPEG sees it: luminance, and for color both chroma planes with fewer samples where they are subsampled.
/// Quality is measured on these, since no color conversion stands between them and the coefficients.
@safe
package final class JPEGPlanes {
    /// Of the frame.
    package let columns: Int
    package let rows: Int
    /// Nil: there is luminance only.
    package let chroma: ChromaSubsampling?

    private let base: UnsafeMutablePointer<UInt8>
    private let layouts: [Layout]

    private struct Layout {
        var offset: Int
        /// Samples from one row to the next: the columns, rounded up to whole groups of shared chroma.
        var stride: Int
        var rows: Int
    }

    /// - Parameters:
    ///   - columns: 1...65500.
    ///   - rows: 1...65500.
    package init(columns: Int, rows: Int, chroma: ChromaSubsampling?) {
        precondition(1...65500 ~= columns && 1...65500 ~= rows, "no JPEG has that many pixels")
        self.columns = columns
        self.rows = rows
        self.chroma = chroma
        var layouts: [Layout] = []
        var offset = 0
        for component in 0..<Int32(chroma == nil ? 1 : 3) {
            let stride = Int(tjPlaneWidth(component, Int32(columns), chroma.turboJPEG))
            let rows = Int(tjPlaneHeight(component, Int32(rows), chroma.turboJPEG))
            layouts.append(Layout(offset: offset, stride: stride, rows: rows))
            offset += stride * rows
        }
        self.layouts = layouts
        unsafe base = .allocate(capacity: offset)
        unsafe base.initialize(repeating: 0, count: offset)
    }

    deinit { unsafe base.deallocate() }

    /// 1 or 3.
    package var count: Int { layouts.count }

    /// Columns and rows of a plane that belong to the image; 0 is luminance, 1 Cb, 2 Cr.
    package func size(_ component: Int) -> (columns: Int, rows: Int) {
        guard component > 0 else { return (columns, rows) }
        return switch chroma {
        case nil, ChromaSubsampling.none?: (columns, rows)
        case .horizontal?: ((columns + 1) / 2, rows)
        case .both?: ((columns + 1) / 2, (rows + 1) / 2)
        }
    }

    /// Samples from one row of a plane to the next.
    package func stride(_ component: Int) -> Int { layouts[component].stride }

    /// The rows of a plane, each `stride(component)` samples of 8 bits.
    @_lifetime(borrow self)
    package func samples(_ component: Int) -> RawSpan {
        let layout = layouts[component]
        let bytes = unsafe UnsafeRawBufferPointer(start: base + layout.offset, count: layout.stride * layout.rows)
        return unsafe _overrideLifetime(bytes.bytes, borrowing: self)
    }

    /// Where each plane begins, for the library.
    var pointers: [UnsafeMutablePointer<UInt8>?] {
        unsafe layouts.map { unsafe base + $0.offset }
    }

    /// Columns and rows of a plane with those that only pad it.
    func paddedSize(_ component: Int) -> (columns: Int, rows: Int) {
        (layouts[component].stride, layouts[component].rows)
    }

    /// Horizontal and vertical factor of each component as T.81 B.2.2 packs them.
    var samplingFactors: [Int] {
        switch chroma {
        case nil: [0x11]
        case ChromaSubsampling.none?: [0x11, 0x11, 0x11]
        case .horizontal?: [0x21, 0x11, 0x11]
        case .both?: [0x22, 0x11, 0x11]
        }
    }

    func store(_ sample: UInt8, _ component: Int, _ column: Int, _ row: Int) {
        let layout = layouts[component]
        precondition(0..<layout.stride ~= column && 0..<layout.rows ~= row, "stored outside the plane")
        unsafe base[layout.offset + row * layout.stride + column] = sample
    }
}
